/** Prints what openDevice() gives, and what openDevice('cuda') computes or throws. */
const { fwht, openDevice, WhtError } = require('wht-layers');

async function cuda() {
  try {
    const device = openDevice('cuda');
    const x = device.tensor(new Float32Array([1, 2, 3, 4]), [1, 4]);
    const values = await fwht(x, { ordering: 'natural', normalization: 'none' }).read();
    device.close();
    return { values: [...values] };
  } catch (error) {
    if (!(error instanceof WhtError)) throw error;
    const { name, code, message } = error;
    return { name, code, message };
  }
}

async function main() {
  const device = openDevice();
  const auto = device.kind;
  device.close();
  console.log(JSON.stringify({ auto, cuda: await cuda() }));
}

main();
