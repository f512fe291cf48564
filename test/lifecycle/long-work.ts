/** Work that takes a device many milliseconds, for tests of what happens meanwhile. */
import { Conv2d, type Device, type Tensor } from '../../lib/index';

export interface LongWork extends Disposable {
  readonly x: Tensor;
  /** Queues it. */
  start(out?: Tensor): Tensor;
}

/** About a billion multiply-adds. */
export function longWork(device: Device): LongWork {
  const x = device.zeros([1, 64, 64, 160]);
  const layer = new Conv2d(device, { inChannels: 160, outChannels: 160, kernelSize: 3 });
  return {
    x,
    start: (out) => layer.forward(x, out === undefined ? {} : { out }),
    [Symbol.dispose]() {
      layer.dispose();
      x.dispose();
    },
  };
}
