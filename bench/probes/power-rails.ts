/** The board's own power monitors (INA3221), each of up to three rails. */
import type { BoardRoot } from './board-root';
import { readInteger } from './integer';
import type { PowerRail } from './schema';

/** JetPack 4's driver tells power. */
const IIO = '/sys/bus/i2c/drivers/ina3221x';
/** Linux's own, of JetPack 5 and 6, tells voltage and current. */
const HWMON = '/sys/bus/i2c/drivers/ina3221';

export interface WholeBoard {
  /** E.g. "VDD_IN", or the names of those that were added up: "GPU + CPU + SOC". */
  rail: string;
  milliwatts: number;
}

export interface WholeBoardMeter {
  readonly rail: string;
  /** Undefined where it can't be read at the moment. */
  milliwatts(): number | undefined;
}

interface Rail {
  name: string;
  milliwatts(): number | undefined;
}

/** Finds the rails once; what is returned reads them, without those that can't be read at the moment. */
export function openRails(root: BoardRoot): () => PowerRail[] {
  const rails = findRails(root);
  return () => readRails(rails);
}

/** Finds the rails of the whole board once, for those who ask often: no others are read. Undefined where the board has none. */
export function openWholeBoard(root: BoardRoot): WholeBoardMeter | undefined {
  const rails = findRails(root);
  const names = wholeBoardRails(rails.map(({ name }) => name));
  if (names.length === 0) return undefined;
  const parts = rails.filter(({ name }) => names.includes(name));
  return {
    rail: names.join(' + '),
    milliwatts() {
      const readings = readRails(parts);
      // A sum without one of its parts would be a wrong figure.
      return readings.length < parts.length ? undefined : wholeBoard(readings)?.milliwatts;
    },
  };
}

/** The power of the whole board from all its rails, as read or as tegrastats prints them. */
export function wholeBoard(rails: readonly PowerRail[]): WholeBoard | undefined {
  const names = wholeBoardRails(rails.map(({ name }) => name));
  if (names.length === 0) return undefined;
  const milliwatts = rails.reduce((sum, rail) => sum + (names.includes(rail.name) ? rail.milliwatts : 0), 0);
  return { rail: names.join(' + '), milliwatts };
}

/** The names of the rails that make up the whole board's power; none where they do not. */
export function wholeBoardRails(names: readonly string[]): string[] {
  const total = ['POM_5V_IN', 'VDD_IN'].find((name) => names.includes(name));
  if (total !== undefined) return [total];
  // Rails of boards that have a total, which is missing here: the others do not add up to it.
  if (names.some((name) => /^(POM_|VDD_SYS_|VDD_CPU_GPU_CV$)/.test(name))) return [];
  // AGX boards have none. AGX Orin feeds its memory from the 5 V input, which has been counted.
  return names.filter((name) => name !== 'VDDQ_VDD2_1V8AO' || !names.includes('VIN_SYS_5V0'));
}

function findRails(root: BoardRoot): Rail[] {
  return [...iioRails(root), ...hwmonRails(root)];
}

function readRails(rails: readonly Rail[]): PowerRail[] {
  return rails.flatMap(({ name, milliwatts }) => {
    const value = milliwatts();
    return value === undefined ? [] : [{ name, milliwatts: value }];
  });
}

function monitors(root: BoardRoot, driver: string): string[] {
  return root
    .list(driver)
    .filter((name) => /^\d+-[0-9a-f]{4}$/.test(name))
    .map((name) => `${driver}/${name}`);
}

function iioRails(root: BoardRoot): Rail[] {
  return monitors(root, IIO).flatMap((monitor) =>
    root
      .list(monitor)
      .filter((name) => /^iio:device\d+$/.test(name))
      .flatMap((device) =>
        [0, 1, 2].flatMap((channel) => {
          const name = railName(root.read(`${monitor}/${device}/rail_name_${channel}`));
          const power = `${monitor}/${device}/in_power${channel}_input`;
          return name === undefined ? [] : [{ name, milliwatts: () => readInteger(root, power) }];
        }),
      ),
  );
}

function hwmonRails(root: BoardRoot): Rail[] {
  return monitors(root, HWMON).flatMap((monitor) =>
    root
      .list(`${monitor}/hwmon`)
      .filter((name) => /^hwmon\d+$/.test(name))
      .flatMap((device) =>
        // Beyond the third there are voltages over shunts and their sum, which are no rails.
        [1, 2, 3].flatMap((channel) => {
          const folder = `${monitor}/hwmon/${device}`;
          const name = railName(root.read(`${folder}/in${channel}_label`));
          if (name === undefined) return [];
          const milliwatts = () => {
            const millivolts = readInteger(root, `${folder}/in${channel}_input`);
            const milliamperes = readInteger(root, `${folder}/curr${channel}_input`);
            return millivolts === undefined || milliamperes === undefined ? undefined : Math.round((millivolts * milliamperes) / 1000);
          };
          return [{ name, milliwatts }];
        }),
      ),
  );
}

/** Undefined for channels that are connected to nothing (NC). */
function railName(text: string | undefined): string | undefined {
  const name = text?.replace(/\0/g, '').trim();
  return name === undefined || name === '' || /^NC\d*$/i.test(name) ? undefined : name;
}
