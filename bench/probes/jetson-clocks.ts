import { hertz } from './hertz';
import { parseInteger } from './integer';
import { present } from './present';
import type { Clock, Clocks } from './schema';

/** What `jetson_clocks --show` prints: a line for each core (kHz), one for the GPU and one for the memory (Hz); other lines don't matter. */
export function parseJetsonClocks(text: string): Clocks {
  const clocks: Clocks = { cpus: [] };
  for (const line of text.split(/\r?\n/)) {
    const [, name, rest] = /^\s*(cpu\d{1,3}:|GPU\s|EMC\s)(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) continue;
    const values = new Map([...rest.matchAll(/(\w+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]));
    if (name.startsWith('cpu')) {
      if (values.get('Online') === '0') continue;
      const clock = { ...clockOf(values, 1000), ...present<{ governor?: string }>({ governor: values.get('Governor') }) };
      if (Object.keys(clock).length > 0) clocks.cpus.push({ core: Number(name.slice(3, -1)), ...clock });
      continue;
    }
    const clock = clockOf(values, 1);
    if (name.startsWith('GPU')) {
      if (Object.keys(clock).length > 0) clocks.gpu = clock;
      continue;
    }
    const override = { '0': false, '1': true }[values.get('FreqOverride') ?? ''];
    if (override !== undefined || Object.keys(clock).length > 0) clocks.emc = { ...clock, ...(override !== undefined && { override }) };
  }
  return clocks;
}

function clockOf(values: ReadonlyMap<string, string>, unit: number): Clock {
  const read = (key: string, least?: number) => hertz(parseInteger(values.get(key)), unit, least);
  return present<Clock>({ currentHz: read('CurrentFreq'), minHz: read('MinFreq', 0), maxHz: read('MaxFreq') });
}
