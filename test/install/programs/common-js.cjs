/** A CommonJS user: prints "ok" where a transform, a layer and an error are what they should be. */
const assert = require('node:assert');
const wht = require('wht-layers');

async function main() {
  const device = wht.openDevice('cpu', { threads: 2 });
  const x = device.tensor(new Float32Array([1, 2, 3, 4]), [1, 4]);
  const transformed = wht.fwht(x, { ordering: 'natural', normalization: 'none' });
  assert.deepStrictEqual([...(await transformed.read())], [10, -2, -4, 0]);
  const layer = new wht.BlockWht1d(device, { inChannels: 4, threshold: 'none' });
  assert.deepStrictEqual(layer.forward(device.zeros([1, 2, 2, 4])).shape, [1, 2, 2, 4]);
  assert.throws(() => wht.openDevice('tpu'), { name: 'WhtError', code: 'ERR_WHT_OPTION' });
  device.close();
  console.log('ok');
}

main();
