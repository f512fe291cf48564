import type { BoardRoot } from './board-root';
import { parseInteger } from './integer';
import type { Temperature } from './schema';

const ZONES = '/sys/class/thermal';

/** Finds the zones once; what is returned reads them. */
export function openTemperatures(root: BoardRoot): () => Temperature[] {
  const zones = root
    .list(ZONES)
    .flatMap((name) => parseInteger(/^thermal_zone(\d+)$/.exec(name)?.[1]) ?? [])
    .sort((a, b) => a - b)
    .map((number) => {
      const folder = `${ZONES}/thermal_zone${number}`;
      return { zone: root.read(`${folder}/type`)?.trim() || `thermal_zone${number}`, file: `${folder}/temp` };
    })
    .filter(({ zone }) => !isConstant(zone));
  return () =>
    zones.flatMap(({ zone, file }) => {
      const milli = parseInteger(root.read(file));
      return milli === undefined || isOff(milli / 1000) ? [] : [{ zone, celsius: milli / 1000 }];
    });
}

/** The power controller's sensor says 50 or 100 for ever. */
export function isConstant(zone: string): boolean {
  return /^pmic/i.test(zone);
}

/** Zones of engines that are off say -256; others can't be read then. */
export function isOff(celsius: number): boolean {
  return celsius <= -256;
}
