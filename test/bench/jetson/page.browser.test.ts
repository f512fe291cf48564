/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The page in a real browser: that its charts are drawn, fit the screen and can be read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { page as pageOf } from '../../../bench/jetson/page';
import type { JetsonRun, MeasuredRow, Side } from '../../../bench/jetson/schema';
import { findChromium } from './chromium';
import { cpuOnlyRun, nanoRun } from './sample-run';

const executablePath = findChromium();
// Where all must be tested, a missing browser is no excuse.
const skipped = executablePath === undefined && !process.env.CI;

function emulatedRun(): JetsonRun {
  const run = nanoRun();
  Object.assign(run.environment, { emulated: true, recorded: 'test/boards/nano' });
  return { ...run, interrupted: true };
}

const RUNS = { nano: nanoRun, cpu: cpuOnlyRun, emulated: emulatedRun } as const;
const SCREENS = (['light', 'dark'] as const).flatMap((colorScheme) => [1280, 390].map((width) => ({ colorScheme, width })));

describe.skipIf(skipped)(`page in Chromium${skipped ? ' (none was found: set CHROMIUM_PATH)' : ''}`, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error('Expected Chromium at CHROMIUM_PATH or /usr/bin/chromium, got none');
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    folder = mkdtempSync(join(tmpdir(), 'wht-page-'));
    for (const [name, run] of Object.entries(RUNS)) writeFileSync(join(folder, `${name}.html`), pageOf(run()));
  });

  afterAll(async () => {
    await browser?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const urlOf = (name: string) => pathToFileURL(join(folder, `${name}.html`)).href;

  async function opened(
    name: keyof typeof RUNS,
    options: BrowserContextOptions,
  ): Promise<{ page: Page; complaints: string[]; requests: string[] }> {
    const context = await browser.newContext({ offline: true, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(urlOf(name));
    return { page, complaints, requests };
  }

  describe.each(Object.keys(RUNS) as (keyof typeof RUNS)[])('of the run "%s"', (name) => {
    it.each(SCREENS)('can be read at $width pixels, $colorScheme', async ({ width, colorScheme }) => {
      const { page, complaints, requests } = await opened(name, { colorScheme, viewport: { width, height: 900 } });
      expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
      expect(await page.evaluate(badTexts)).toEqual([]);
      expect(await page.evaluate(lowContrasts)).toEqual([]);
      // Tables are read as well: those that are closed, too.
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
      expect(await page.evaluate(lowContrasts)).toEqual([]);
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([urlOf(name)]);
      await page.context().close();
    });

    it.each([1280, 390])('has a mark for everything that was measured at %i pixels', async (width) => {
      const { page } = await opened(name, { viewport: { width, height: 900 } });
      expect(await page.evaluate(markCounts)).toEqual(expectedMarks(RUNS[name]()));
      await page.context().close();
    });
  });

  it('draws charts again when the width changes', async () => {
    const { page, complaints } = await opened('nano', { viewport: { width: 1280, height: 900 } });
    const widths = () =>
      page.$$eval('.plot', (boxes) => boxes.map((box) => [box.clientWidth, Number(box.querySelector('svg')?.getAttribute('width'))]));
    const before = await widths();
    await page.setViewportSize({ width: 390, height: 900 });
    // Not by the page's own polling, which needs what its policy forbids.
    await expect
      .poll(async () => (await widths()).every(([box, chart], at) => chart === box && Number(chart) < Number(before[at]?.[1])))
      .toBe(true);
    const after = await widths();
    for (const [box, chart] of [...before, ...after]) expect(chart).toBe(box);
    expect(await page.evaluate(badTexts)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('has all tables, and says what is missing, without JavaScript', async () => {
    const { page } = await opened('nano', { javaScriptEnabled: false });
    expect(await page.locator('.plot svg').count()).toBe(0);
    expect(await page.getByText('No chart without JavaScript').first().isVisible()).toBe(true);
    const slower = page.getByText('slower: Conv2d').first();
    expect(await slower.isVisible()).toBe(true);
    const closed = page.locator('.protocol:not([open])');
    const hidden = closed.first().getByText('BlockWht2d').first();
    expect(await hidden.isVisible()).toBe(false);
    await closed.first().locator('summary').click();
    expect(await page.locator('.protocol').nth(1).getByText('BlockWht2d').first().isVisible()).toBe(true);
    expect(await page.locator('.protocol tbody').count()).toBe(nanoRun().comparisons.length);
    await page.context().close();
  });

  it.each([1280, 390])('has an axis of at least 0 and two more below the bars of memory, from 0 on, at %i pixels', async (width) => {
    const { page } = await opened('nano', { viewport: { width, height: 900 } });
    const axes = await page.evaluate(memoryAxes);
    expect(axes).toHaveLength(nanoRun().memory.length);
    for (const { ticks, zero, bars } of axes) {
      expect(ticks.length, ticks.join(' ')).toBeGreaterThanOrEqual(3);
      expect(ticks[0]).toBe('0');
      for (const bar of bars) expect(Math.abs(bar - zero)).toBeLessThanOrEqual(1);
    }
    await page.context().close();
  });

  it('leaves no column empty beside panels that share a row', async () => {
    const { page } = await opened('nano', { viewport: { width: 1280, height: 900 } });
    expect(await page.evaluate(emptyEnds)).toEqual([]);
    await page.context().close();
  });

  it('opens only the table of the paper’s protocol, and shows the headline on the first screen of a phone', async () => {
    const { page } = await opened('nano', { viewport: { width: 1280, height: 900 } });
    expect(await page.locator('.protocol[open] h3').allTextContents()).toEqual(['The paper’s protocol']);
    await page.context().close();
    const phone = await opened('cpu', { viewport: { width: 390, height: 900 } });
    const tile = await phone.page.locator('.tiles .value').first().boundingBox();
    expect(tile?.y).toBeLessThan(900);
    await phone.page.context().close();
  });

  it('puts closed tables on paper', async () => {
    const { page } = await opened('cpu', {});
    const closed = () => page.locator('details:not([open])').count();
    const before = await closed();
    expect(before).toBeGreaterThan(0);
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    expect(await closed()).toBe(0);
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    expect(await closed()).toBe(before);
    await page.context().close();
  });
});

/** Of every class of marks, how many there are to be. */
function expectedMarks(run: JetsonRun): Record<string, number> {
  const measured = run.comparisons.filter((row): row is MeasuredRow => !('error' in row));
  const sides = measured.flatMap(({ subject, baseline }): Side[] => [subject, baseline]);
  const accounts = run.memory.flatMap(({ subject, baselines }) =>
    [subject, ...baselines].flatMap((side) => ('error' in side ? [] : [side])),
  );
  const paperPeaks = run.memory.flatMap(({ paper, baselines }) =>
    paper === undefined ? [] : baselines.filter((side) => !('error' in side) && side.peakBytes !== undefined),
  );
  const bars = accounts.flatMap(({ layerBytes, peakBytes, ownPeakBytes, pssBytes, availableFallBytes }) =>
    [layerBytes, peakBytes, ownPeakBytes, pssBytes, isNoise(availableFallBytes) ? undefined : availableFallBytes].filter(
      (bytes) => bytes !== undefined,
    ),
  );
  const energies = measured.flatMap(({ subject, baseline, others }) =>
    [subject, baseline, ...others].flatMap((side) => ('energy' in side && side.energy ? [side.energy] : [])),
  );
  const count = (items: readonly unknown[]) => items.length;
  return {
    ratio: count(measured),
    interval: count(measured.filter(({ speedRatioInterval }) => speedRatioInterval)),
    failure: run.comparisons.length - count(measured),
    paper: count(run.comparisons.filter(({ paper }) => paper)) + count(paperPeaks),
    box: count(sides),
    whisker: count(sides),
    bar: count(bars),
    noise: count(accounts.filter(({ availableFallBytes }) => isNoise(availableFallBytes))),
    gpu: count(accounts.filter(({ nvMapBytes }) => nvMapBytes !== undefined)),
    point: 2 * count(measured.filter(({ protocol }) => protocol === 'throughput')),
    board: count(energies),
    'above-idle': count(energies.filter((energy) => energy.aboveIdlePerImageMj)),
  };
}

/** A fall of the system's available memory that says nothing. */
function isNoise(bytes: number | undefined): boolean {
  return bytes !== undefined && bytes < 32e6;
}

// What follows runs in the page, where nothing of this file can be reached.

function markCounts(): Record<string, number> {
  const names = ['ratio', 'interval', 'failure', 'paper', 'box', 'whisker', 'bar', 'noise', 'gpu', 'point', 'board', 'above-idle'];
  const drawn = (name: string) =>
    [...document.querySelectorAll(`.plot svg g.${name} > *`)].filter((mark) => {
      const { width, height } = mark.getBoundingClientRect();
      // Lines have no width or no height, and bars may be thinner than a pixel.
      return width > 0 || height > 0;
    });
  return Object.fromEntries(names.map((name) => [name, drawn(name).length]));
}

/** Of each chart of memory: its ticks, where 0 is, and where its bars begin. */
function memoryAxes(): { ticks: string[]; zero: number; bars: number[] }[] {
  return [...document.querySelectorAll('[id^="plot-memory-"] svg')].map((chart) => {
    const ticks = [...chart.querySelectorAll('[aria-label="x-axis tick label"] text')];
    const middle = (element: Element | undefined) => {
      const { left = 0, width = 0 } = element?.getBoundingClientRect() ?? {};
      return left + width / 2;
    };
    return {
      ticks: ticks.map((tick) => tick.textContent ?? ''),
      zero: middle(ticks[0]),
      bars: [...chart.querySelectorAll('g.bar > *')].map((bar) => bar.getBoundingClientRect().left),
    };
  });
}

/** Charts whose last row of panels ends before the others do. */
function emptyEnds(): string[] {
  return [...document.querySelectorAll('.panels')].flatMap((panels) => {
    const right = Math.max(...[...panels.children].map((panel) => panel.getBoundingClientRect().right));
    const last = panels.lastElementChild?.getBoundingClientRect().right ?? right;
    return right - last > 1 ? [panels.closest('.chart')?.id ?? 'a chart'] : [];
  });
}

/** By how many pixels the page is wider than the screen. */
function overflow(): number {
  return document.documentElement.scrollWidth - window.innerWidth;
}

/** Texts of charts that are too small, cut, or lie on each other. */
function badTexts(): string[] {
  const complaints: string[] = [];
  for (const chart of document.querySelectorAll('.plot svg')) {
    const bounds = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll('text')].map((text) => ({ said: text.textContent, text, box: text.getBoundingClientRect() }));
    for (const { said, text, box } of texts) {
      if (Number.parseFloat(getComputedStyle(text).fontSize) < 11) complaints.push(`small: ${said}`);
      if (box.left < bounds.left - 1 || box.right > bounds.right + 1 || box.top < bounds.top - 1 || box.bottom > bounds.bottom + 1)
        complaints.push(`cut: ${said}`);
    }
    for (const [at, { said, box }] of texts.entries()) {
      for (const other of texts.slice(at + 1)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // Boxes of text have some room above and below the letters.
        if (across > 1 && down > 3) complaints.push(`overlap: ${said} and ${other.said}`);
      }
    }
  }
  return complaints;
}

/** Texts that are seen and whose contrast is below what WCAG AA asks for. */
function lowContrasts(): string[] {
  const luminance = (colour: number[]) => {
    const [red = 0, green = 0, blue = 0] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const parsed = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const background = (from: Element): number[] => {
    for (let element: Element | null = from; element !== null; element = element.parentElement) {
      const [red = 0, green = 0, blue = 0, alpha = 1] = parsed(getComputedStyle(element).backgroundColor);
      if (alpha === 1) return [red, green, blue];
    }
    return [255, 255, 255];
  };
  const found = new Set<string>();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
    if (!own || element.closest('script, style, title') || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(parsed(element instanceof SVGElement ? style.fill : style.color)), luminance(background(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.add(`${contrast.toFixed(2)}: ${element.textContent?.trim().slice(0, 40)}`);
  }
  return [...found];
}
