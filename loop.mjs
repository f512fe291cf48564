import { BlockWht2d, copy, openDevice } from 'wht-layers';

const run = async (threads) => {
  const d = openDevice('cpu', { threads });
  const t = d.tensor(
    new Float32Array(10 * 64 * 1024).map(() => Math.random()),
    [10, 8, 8, 1024],
  );
  const l = new BlockWht2d(d, { height: 8, width: 8 });
  const y = l.forward(t);
  await y.read();
  const ts = [],
    cs = [];
  for (let r = 0; r < 25; r++) {
    let t0 = performance.now();
    for (let i = 0; i < 40; i++) l.forward(t, { out: y });
    await d.synchronize();
    ts.push((performance.now() - t0) / 40);
    t0 = performance.now();
    for (let i = 0; i < 40; i++) copy(t, { out: y });
    await d.synchronize();
    cs.push((performance.now() - t0) / 40);
  }
  ts.sort((a, b) => a - b);
  cs.sort((a, b) => a - b);
  console.log(
    'threads',
    threads,
    'med',
    ts[12].toFixed(3),
    'min',
    ts[0].toFixed(3),
    'copy med',
    cs[12].toFixed(3),
    'min',
    cs[0].toFixed(3),
  );
  d.close();
};
for (let k = 0; k < 3; k++) {
  await run(1);
  await run(2);
}
