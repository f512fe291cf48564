/** Energy for each image, from the board's own power rails. */
import type { Contestant } from './contest';
import type { Effort } from './effort';
import type { Energy } from './schema';

/** The whole board's power. */
export interface PowerMeter {
  /** Which rails, e.g. "POM_5V_IN". */
  readonly rail: string;
  /** Before readings are wanted, and after. */
  begin(): void;
  end(): void;
  /** Undefined where it can't be read at the moment. */
  milliwatts(): number | undefined;
}

/** The sensors average over some milliseconds themselves, and are asked over a slow bus. */
const EVERY_MS = 100;
/** The sensor's averages still hold what ran before. */
const SKIPPED_MS = 300;
/** A mean of fewer says little. */
const LEAST_READINGS = 5;

/** The mean of what the meter reads while the work is done; undefined where that was too little. */
export async function meanPower(
  meter: PowerMeter,
  work: () => Promise<unknown>,
): Promise<{ milliwatts: number; readings: number } | undefined> {
  const readings: number[] = [];
  meter.begin();
  const start = Date.now();
  const timer = setInterval(() => {
    const milliwatts = Date.now() - start < SKIPPED_MS ? undefined : meter.milliwatts();
    if (milliwatts !== undefined) readings.push(milliwatts);
  }, EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
    meter.end();
  }
  if (readings.length < LEAST_READINGS) return undefined;
  return { milliwatts: readings.reduce((sum, value) => sum + value, 0) / readings.length, readings: readings.length };
}

/**
 * Runs a side that has been timed for some seconds more.
 *
 * @param idleMilliwatts of the board before anything ran
 */
export async function measureEnergy(
  { process, key, facts }: Contestant,
  meter: PowerMeter,
  idleMilliwatts: number | undefined,
  { effort }: { effort: Effort },
): Promise<Energy | undefined> {
  if (facts === undefined) return undefined;
  let sustained = { calls: 0, milliseconds: 0 };
  const power = await meanPower(meter, async () => {
    sustained = await process.ask<'sustain'>({ kind: 'sustain', side: key, milliseconds: effort.energyMs });
  });
  if (power === undefined || sustained.calls === 0) return undefined;
  // mW for ms are microjoule.
  const perImage = (milliwatts: number) => (milliwatts * sustained.milliseconds) / 1000 / (sustained.calls * facts.images);
  return {
    perImageMj: perImage(power.milliwatts),
    ...(idleMilliwatts !== undefined && { aboveIdlePerImageMj: perImage(Math.max(0, power.milliwatts - idleMilliwatts)) }),
    ...power,
    rail: meter.rail,
  };
}
