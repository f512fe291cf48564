import { describe, expect, it } from 'vitest';
import { contestant } from '../../../bench/jetson/contest';
import { EMULATED } from '../../../bench/jetson/effort';
import { meanPower, measureEnergy, type PowerMeter } from '../../../bench/jetson/energy';
import { FACTS, FakeProcess } from './fake-process';

function meter(read: () => number | undefined): PowerMeter & { open: boolean } {
  return {
    rail: 'POM_5V_IN',
    open: false,
    begin() {
      this.open = true;
    },
    end() {
      this.open = false;
    },
    milliwatts: read,
  };
}

const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const session = { effort: { ...EMULATED, energyMs: 1500 } };

/** A layer that takes 2 ms a call of ten images. */
function running() {
  const side = contestant(
    new FakeProcess('subject', async (request) => {
      if (request.kind !== 'sustain') throw new Error(`Expected no ${request.kind}`);
      await wait(request.milliseconds);
      return { calls: request.milliseconds / 2, milliseconds: request.milliseconds };
    }),
    { protocol: 'throughput', layout: 'NHWC' },
  );
  side.facts = FACTS;
  return side;
}

describe('measureEnergy', () => {
  it('is power by time for each image, in all and above the idle board', async () => {
    const energy = await measureEnergy(
      running(),
      meter(() => 5000),
      2000,
      session,
    );
    // 5 W for 0.2 ms an image: 1 mJ.
    expect(energy).toMatchObject({ milliwatts: 5000, rail: 'POM_5V_IN' });
    expect(energy?.perImageMj).toBeCloseTo(1, 6);
    expect(energy?.aboveIdlePerImageMj).toBeCloseTo(0.6, 6);
    expect(energy?.readings).toBeGreaterThanOrEqual(5);
  });

  it('is absent where the rail could not be read often enough, and leaves no meter running', async () => {
    let reads = 0;
    const failing = meter(() => (++reads > 2 ? undefined : 5000));
    expect(await measureEnergy(running(), failing, undefined, session)).toBeUndefined();
    expect(failing.open).toBe(false);
  });

  it('does not count the first readings, which hold what ran before', async () => {
    const start = Date.now();
    const mean = await meanPower(
      meter(() => (Date.now() - start < 250 ? 9000 : 4000)),
      () => wait(1200),
    );
    expect(mean?.milliwatts).toBe(4000);
  });
});
