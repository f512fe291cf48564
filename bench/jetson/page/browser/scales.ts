// biome-ignore-all lint/correctness/noUnusedVariables: other scripts of the page use what this one defines.
/** Scales that fit the width of a screen. */
declare const Plot: typeof import('@observablehq/plot');

type Domain = [number, number];

/** Between labels of an axis. */
const TICK_PIXELS = 48;

/** Steps within a decade, from the coarsest. */
const MANTISSAS = [
  [1],
  [1, 3],
  [1, 2, 5],
  [1, 2, 3, 5],
  [1, 1.5, 2, 3, 4, 5, 7],
  [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9],
];

/** A little wider than the values, so that no mark lies on the edge. */
function logDomain(values: readonly number[]): Domain {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return [0.1, 10];
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  return [low / 1.25, high * 1.25];
}

/** As many as have room. */
function logTicks([low, high]: Domain, pixels: number): number[] {
  const position = (value: number) => (Math.log(value / low) / Math.log(high / low)) * pixels;
  const decades = Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low));
  const candidates = [
    // Decades of which only every nth is labelled, for a narrow screen.
    ...[4, 3, 2].map((step) => ticksOf([low, high], [1], step)),
    ...MANTISSAS.map((mantissas) => ticksOf([low, high], mantissas, 1)),
  ].filter((ticks) => ticks.length <= decades * 16);
  const fitting = candidates.filter((ticks) =>
    ticks.every((tick, at) => at === 0 || position(tick) - position(ticks[at - 1] ?? low) >= TICK_PIXELS),
  );
  return fitting[fitting.length - 1] ?? [];
}

function ticksOf([low, high]: Domain, mantissas: readonly number[], step: number): number[] {
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    if (exponent % step !== 0) continue;
    for (const mantissa of mantissas) {
      // By way of text, as 3 * 10 ** -2 is not 0.03.
      const tick = Number(`${mantissa}e${exponent}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** Three digits. */
function digits(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  return size >= 0.00995 ? value.toFixed(decimals) : Number(value.toPrecision(2)).toString();
}

/** A channel of Plot's axes: of their own format, logarithmic ones leave texts out. */
function tickText(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}
