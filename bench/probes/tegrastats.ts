/** The lines that NVIDIA's tegrastats prints, whose form differs between boards and releases, and with root. */
import { present } from './present';
import type { Temperature } from './schema';
import { isConstant, isOff } from './temperatures';

export interface TegrastatsReading {
  /** As printed, e.g. "07-09-2024 13:31:31". */
  time?: string;
  ram?: MemoryUse & { largestFreeBlocks?: { count: number; bytes: number } };
  swap?: MemoryUse & { cachedBytes?: number };
  iram?: MemoryUse & { largestFreeBytes?: number };
  /** One a core; those that are off have no load. */
  cpus: { core: number; load?: number; hz?: number }[];
  /** The memory controller. */
  emc?: { load?: number; hz?: number };
  /** GR3D. Large GPUs have several clocks. */
  gpu?: { load?: number; hz: number[] };
  /** The others that run: video, vision, deep learning, audio. Those that are off have neither figure. */
  engines: { name: string; load?: number; hz?: number }[];
  /** Of the memory throughput service: foreground and background. */
  mts?: { foreground: number; background: number };
  temperatures: Temperature[];
  rails: TegrastatsRail[];
  /** What is in none of these forms, as printed. */
  unknown: string[];
}

interface MemoryUse {
  usedBytes: number;
  totalBytes: number;
}

export interface TegrastatsRail {
  name: string;
  milliwatts: number;
  /** Since tegrastats began. */
  averageMilliwatts: number;
  peakMilliwatts?: number;
}

type Groups = readonly (string | undefined)[];

/** Each form a field may have, tried in this order; it must end where a space or the line does. Loads are from 0 to 1. */
const FORMS: readonly [form: RegExp, take: (reading: TegrastatsReading, groups: Groups) => void][] = [
  [
    /(\d\d-\d\d-\d{4} \d\d:\d\d:\d\d)/,
    (reading, [time]) => {
      if (time !== undefined) reading.time = time;
    },
  ],
  [
    /RAM\s+(\d{1,9})\/(\d{1,9})([kMG]?B)(?:\s*\(lfb\s+(\d{1,9})x(\d{1,9})([kMG]?B)\))?/,
    (reading, [used, total, unit, count, block, blockUnit]) => {
      reading.ram = {
        ...memoryUse(used, total, unit),
        ...(count !== undefined && { largestFreeBlocks: { count: Number(count), bytes: Number(block) * bytesOf(blockUnit) } }),
      };
    },
  ],
  [
    /SWAP\s+(\d{1,9})\/(\d{1,9})([kMG]?B)(?:\s*\(cached\s+(\d{1,9})([kMG]?B)\))?/,
    (reading, [used, total, unit, cached, cachedUnit]) => {
      reading.swap = {
        ...memoryUse(used, total, unit),
        ...(cached !== undefined && { cachedBytes: Number(cached) * bytesOf(cachedUnit) }),
      };
    },
  ],
  [
    /IRAM\s+(\d{1,9})\/(\d{1,9})([kMG]?B)(?:\s*\(lfb\s+(\d{1,9})([kMG]?B)\))?/,
    (reading, [used, total, unit, block, blockUnit]) => {
      reading.iram = {
        ...memoryUse(used, total, unit),
        ...(block !== undefined && { largestFreeBytes: Number(block) * bytesOf(blockUnit) }),
      };
    },
  ],
  [
    // The rail of the same name has no brackets.
    /CPU\s*\[([^[\]]*)\]/,
    (reading, [cores = '']) => {
      reading.cpus = cores.split(',').map((text, core) => {
        const [, load, megahertz] = /^(\d{1,3})%(?:@(\d{1,5}))?$/.exec(text.trim()) ?? [];
        if (load === undefined && text.trim() !== 'off') reading.unknown.push(`CPU ${core}: ${text.trim()}`);
        return { core, ...present<{ load?: number; hz?: number }>({ load: loadOf(load), hz: hertzOf(megahertz) }) };
      });
    },
  ],
  [
    /MTS\s+fg\s+(\d{1,3})%\s+bg\s+(\d{1,3})%/,
    (reading, [foreground, background]) => {
      reading.mts = { foreground: Number(foreground) / 100, background: Number(background) / 100 };
    },
  ],
  [
    // Newer ones print a second figure, which NVIDIA explains nowhere.
    /([A-Za-z][\w.-]*)@(-?\d{1,4}(?:\.\d{1,9})?)C(?:\/-?\d{1,4}(?:\.\d{1,9})?C)?/,
    ({ temperatures }, [zone = '', text]) => {
      const celsius = Number(text);
      if (!isConstant(zone) && !isOff(celsius)) temperatures.push({ zone, celsius });
    },
  ],
  [
    /(?!(?:RAM|SWAP|IRAM)\s)([A-Za-z][\w.-]*)\s+(-?\d{1,9})(?:mW)?\/(-?\d{1,9})(?:mW)?(?:\/(-?\d{1,9})(?:mW)?)?/,
    ({ rails }, [name = '', now, average, peak]) => {
      rails.push({
        ...{ name, milliwatts: Number(now), averageMilliwatts: Number(average) },
        ...(peak !== undefined && { peakMilliwatts: Number(peak) }),
      });
    },
  ],
  [
    // Names that are known: any other may mean anything by its number.
    /((?:GR3D|EMC|APE|VIC|NVENC|NVDEC|MSENC|NVJPG|OFA|NVDLA|PVA|SE|TSEC|ISP|VI|NVCSI)\d{0,2})(?:_FREQ)?\s+(?:(\d{1,3})%(?:@(\d{1,5}|\[[\d,]{0,60}\]))?|@?(\d{1,5})|@(\[[\d,]{0,60}\])|off)/,
    (reading, [name = '', percent, clockOfLoad, bareClock, bareClocks]) => {
      const clocks = ((clockOfLoad ?? bareClock ?? bareClocks)?.match(/\d{1,5}/g) ?? []).flatMap((clock) => hertzOf(clock) ?? []);
      const load = present<{ load?: number }>({ load: loadOf(percent) });
      const [hz] = clocks;
      if (name === 'GR3D') reading.gpu = { ...load, hz: clocks };
      else if (name === 'EMC') reading.emc = { ...load, ...(hz !== undefined && { hz }) };
      else reading.engines.push({ name, ...load, ...(hz !== undefined && { hz }) });
    },
  ],
];

const STICKY = FORMS.map(([form, take]) => ({ form: new RegExp(`${form.source}(?=\\s|$)`, 'y'), take }));

/** Never throws, whatever the line. */
export function parseTegrastats(line: string): TegrastatsReading {
  const reading: TegrastatsReading = { cpus: [], engines: [], temperatures: [], rails: [], unknown: [] };
  let unknown: string[] = [];
  const keepUnknown = () => {
    if (unknown.length > 0) reading.unknown.push(unknown.join(' '));
    unknown = [];
  };
  let at = 0;
  while (at < line.length) {
    const field = /\s*(\S*)/y;
    field.lastIndex = at;
    const [skipped = '', word = ''] = field.exec(line) ?? [];
    if (word === '') break;
    const start = at + skipped.length - word.length;
    at += skipped.length;
    let known = false;
    for (const { form, take } of STICKY) {
      form.lastIndex = start;
      const found = form.exec(line);
      if (found === null) continue;
      keepUnknown();
      take(reading, found.slice(1));
      at = start + found[0].length;
      known = true;
      break;
    }
    if (!known) unknown.push(word);
  }
  keepUnknown();
  return reading;
}

function memoryUse(used: string | undefined, total: string | undefined, unit: string | undefined): MemoryUse {
  return { usedBytes: Number(used) * bytesOf(unit), totalBytes: Number(total) * bytesOf(unit) };
}

function bytesOf(unit: string | undefined): number {
  return 1024 ** ['B', 'kB', 'MB', 'GB'].indexOf(unit ?? 'B');
}

function loadOf(percent: string | undefined): number | undefined {
  return percent === undefined ? undefined : Number(percent) / 100;
}

function hertzOf(megahertz: string | undefined): number | undefined {
  return megahertz === undefined ? undefined : Number(megahertz) * 1e6;
}
