/** What things are called on the page. */
import { figure } from '../../figures';
import type { PaperFigures } from '../../schema';
import type { ComparisonResult, DeviceKind, Interval, JetsonRun, Protocol, Side, WorkloadId } from '../schema';
import { DEVICE_NAMES } from '../titles';

export const WORKLOAD_TITLES: Record<WorkloadId, string> = {
  '2d-8x8-vs-conv3x3': '2D 8×8 for a 3×3 convolution',
  '2d-16x16-vs-conv3x3': '2D 16×16 for a 3×3 convolution',
  '2d-32x32-vs-conv3x3': '2D 32×32 for a 3×3 convolution',
  '1d-1024-vs-conv1x1': '1D over 1024 channels for a 1×1 convolution',
  '2d-8x8-vs-squeeze-excite': '2D 8×8 for Squeeze-and-Excite',
};

export const PROTOCOL_TITLES: Record<Protocol, string> = {
  throughput: 'Throughput',
  copies: 'Copies',
  'host-visible': 'Host-visible memory',
  paper: 'The paper’s protocol',
};

export const PROTOCOL_MEANINGS: Record<Protocol, string> = {
  throughput: 'The whole batch in one call, input and output on the device, on the device’s own clock.',
  copies: 'The whole batch from and to plain arrays: set the input, run, get the output.',
  'host-visible': 'The whole batch in memory that JavaScript sees, written and read in place.',
  paper: 'The authors’ way: one image a call on one thread of the CPU, input set and output got.',
};

export const NOT_MEASURED = '–';

export function workloadTitle(id: WorkloadId): string {
  return WORKLOAD_TITLES[id] ?? id;
}

/** "GPU", unless the CPU played it. */
export function deviceTitle(device: DeviceKind, { environment }: JetsonRun): string {
  return `${device === 'cuda' && environment.emulated ? 'Emulated ' : ''}${DEVICE_NAMES[device]}`;
}

/** What tells a workload's rows of one protocol from each other. */
export function variant({ device, dtype, layout }: Pick<ComparisonResult, 'device' | 'dtype' | 'layout'>, run: JetsonRun): string {
  return `${deviceTitle(device, run)} ${dtype} ${layout}`;
}

export function sideTitle({ layer, implementation }: Pick<Side, 'layer' | 'implementation'>): string {
  return `${layer}, ${implementation}`;
}

export function shapeText(shape: readonly number[]): string {
  return shape.join('×');
}

export function times(ratio: number): string {
  return `${figure(ratio)}×`;
}

/** As it was published, e.g. "24×". */
export function paperTimes({ speedRatio }: PaperFigures): string {
  return `${Number(figure(speedRatio))}×`;
}

export function intervalText([low, high]: Interval, text: (value: number) => string = figure, between = ' to '): string {
  return `${text(low)}${between}${text(high)}`;
}

/** Three digits, with separators of thousands. */
export function count(value: number): string {
  if (value < 999.5) return figure(value);
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return (Math.round(value / unit) * unit).toLocaleString('en-US', { maximumFractionDigits: 0 });
}

export function bytesText(bytes: number): string {
  const size = Math.abs(bytes);
  const sign = bytes < 0 ? '−' : '';
  if (size < 1e3) return `${sign}${size.toFixed(0)} B`;
  if (size < 1e6) return `${sign}${figure(size / 1e3)} kB`;
  return size < 999.5e6 ? `${sign}${figure(size / 1e6)} MB` : `${sign}${figure(size / 1e9)} GB`;
}

/** Of a machine's memory, whose makers count in powers of two. */
export function gibibytesText(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

export function hertzText(hertz: number): string {
  return hertz < 1e9 ? `${(hertz / 1e6).toFixed(0)} MHz` : `${(hertz / 1e9).toFixed(2)} GHz`;
}

/** A reduction in words, e.g. "19.5 % lower"; of a growth "higher". */
export function lower(part: number, decimals = 1): [size: string, direction: string] {
  return [`${Math.abs(part * 100).toFixed(decimals)} %`, part < 0 ? 'higher' : 'lower'];
}

/** A change with a true minus, e.g. "−19.5 %". */
export function change(part: number, decimals = 1): string {
  return `${part < 0 ? '−' : '+'}${Math.abs(part * 100).toFixed(decimals)} %`;
}
