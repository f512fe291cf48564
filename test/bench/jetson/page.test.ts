import { describe, expect, it } from 'vitest';
import { page } from '../../../bench/jetson/page';
import type { ChartData } from '../../../bench/jetson/page/chart-data';
import type { JetsonRun } from '../../../bench/jetson/schema';
import { cpuOnlyRun, nanoRun } from './sample-run';

const RUNS = { 'a Nano': nanoRun, 'a machine without a GPU': cpuOnlyRun } as const;

/** Without style and scripts, which are ours. */
function markup(html: string): string {
  return html.replace(/<(style|script)\b[^>]*>[\s\S]*?<\/\1>/g, '');
}

/** As a reader sees it. */
function text(html: string): string {
  return markup(html)
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}

function charts(html: string): ChartData {
  return JSON.parse(/<script type="application\/json" id="chart-data">([^<]*)<\/script>/.exec(html)?.[1] ?? '');
}

function section(html: string, from: string, to: string): string {
  return html.slice(html.indexOf(from), html.indexOf(to));
}

const measuredRows = (run: JetsonRun) => run.comparisons.flatMap((row) => ('error' in row ? [] : [row]));
const failedRows = (run: JetsonRun) => run.comparisons.flatMap((row) => ('error' in row ? [row] : []));

describe('page', () => {
  describe.each(Object.entries(RUNS))('of %s', (_, run) => {
    const html = page(run());

    it('is one document that loads nothing', () => {
      expect(html).toMatch(/^<!doctype html>/);
      expect(html).toContain('http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; ');
      expect(markup(html)).not.toMatch(/\ssrc=|<(iframe|object|embed|img|base)\b/);
      const links = [...markup(html).matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
      expect(links.filter((href) => !href?.startsWith('#') && href !== 'data:,')).toEqual([]);
      expect(/<style>([\s\S]*?)<\/style>/.exec(html)?.[1]).not.toMatch(/url\(|@import/);
    });

    it('is small enough to send', () => {
      expect(html.length).toBeLessThan(900_000);
    });

    it('shows every row in a table of all figures, and says why one failed', () => {
      const tables = section(html, '<h2 id="tables">', '<h2 id="reading">');
      expect(tables.match(/<tbody>/g)).toHaveLength(run().comparisons.length);
      expect(tables.match(/<th scope="rowgroup"/g)).toHaveLength(run().comparisons.length);
      for (const { error } of failedRows(run())) expect(text(tables)).toContain(`failed: ${error}`);
    });

    it('draws every row, with the paper’s figure beside those alone that have one', () => {
      const { speed, latency } = charts(html);
      const drawn = speed.flatMap(({ groups }) => groups.flatMap(({ rows }) => rows));
      expect(drawn).toHaveLength(run().comparisons.length);
      expect(drawn.filter(({ ratio }) => ratio !== undefined)).toHaveLength(measuredRows(run()).length);
      expect(drawn.filter(({ paper }) => paper !== undefined)).toHaveLength(run().comparisons.filter(({ paper }) => paper).length);
      expect(latency.flatMap(({ groups }) => groups.flatMap(({ rows }) => rows))).toHaveLength(measuredRows(run()).length);
    });

    it('has the figures of each chart as a table as well', () => {
      const rows = (id: string) =>
        /<details>([\s\S]*?)<\/details>/.exec(html.slice(html.indexOf(`id="${id}"`)))?.[1]?.match(/<tr><th scope="row">/g);
      expect(rows('speed')).toHaveLength(run().comparisons.length);
      expect(rows('latency')).toHaveLength(2 * measuredRows(run()).length);
      expect(rows('memory')).toHaveLength(run().memory.reduce((sum, { baselines }) => sum + 1 + baselines.length, 0));
      const alone = measuredRows(run()).filter(({ protocol }) => protocol === 'throughput').length;
      expect(rows('roofline')).toHaveLength(2 * alone + run().copies.length);
    });

    it('never shows what is no number', () => {
      expect(text(html)).not.toMatch(/NaN|undefined|Infinity|\[object|null/);
    });
  });

  it('begins with the board, what runs on it and how it was set', () => {
    const shown = text(page(nanoRun()));
    expect(page(nanoRun())).toContain('<h1>NVIDIA Jetson Nano Developer Kit</h1>');
    for (const fact of ['JetPack 4.6.4', 'L4T 32.7.4', 'Power mode MAXN (0)', 'Clocks not locked, GPU up to 922 MHz', 'GPU 34.5 → 45.0 °C'])
      expect(shown).toContain(fact);
    expect(shown).toContain('sudo jetson_clocks --show');
    expect(shown).toContain('onnxruntime-node 1.30.0, Node 16.20.2');
  });

  it('says of a machine without a GPU what it is, and what is missing why', () => {
    const html = page(cpuOnlyRun());
    expect(html).toContain('<h1>Not a Jetson: AMD EPYC</h1>');
    const shown = text(html);
    expect(shown).toContain('GPU not measured libcuda.so.1 cannot be loaded: there is no NVIDIA driver');
    expect(shown).toContain('Energy was not measured: no power rail could be read on this machine.');
    expect(shown).toContain('No GPU: libcuda.so.1 cannot be loaded');
    expect(shown).toContain('2D layer on the CPU, the whole batch in one call');
    expect(shown).not.toContain('Projections');
    expect(charts(html).energy).toEqual([]);
  });

  it('sets the paper’s figures beside those of its protocol', () => {
    const shown = text(section(page(nanoRun()), '<h2 id="headline">', '<h2 id="charts">'));
    expect(shown).toMatch(/the paper’s protocol 75\.8× Paper: 24× Between 71\.2× and 81\.1× with 95\s% confidence/);
    // Against the fastest baseline, though another is leaner or larger.
    expect(shown).toContain('−28.6 % Paper: −19.51 % Peak 105 MB against 146 MB (Conv2d 3x3, onnxruntime 1.30.0)');
    expect(shown).toContain('37.75 MB is 19.51 % of 193 MB');
    expect(shown).toContain(
      '264× less 0.133 mJ against 35.1 mJ Against wht-layers cuda, cuDNN 8.2.1. Of the whole board (POM_5V_IN), throughput.',
    );
  });

  it('marks where the paper’s reduction would be on the account that is the paper’s, of each baseline', () => {
    const marked = charts(page(nanoRun())).memory.flatMap(({ title, groups }) =>
      groups.flatMap((group) =>
        group.rows.filter(({ paperBytes }) => paperBytes !== undefined).map((row) => ({ title, account: group.title, ...row })),
      ),
    );
    expect(marked.map(({ account }) => account)).toEqual(Array(2).fill('Peak of the process, every library loaded'));
    expect(marked.map(({ bytes, paperBytes }) => (paperBytes ?? 0) / bytes)).toEqual([expect.closeTo(0.8049), expect.closeTo(0.8049)]);
  });

  it('calls a failed headline failed, and one that was left out not measured', () => {
    const failed = cpuOnlyRun();
    failed.comparisons = failed.comparisons.map((row) => {
      const { id, protocol, device, dtype, layout, shape } = row;
      return protocol === 'paper' ? { id, protocol, device, dtype, layout, shape, error: 'killed (SIGKILL)' } : row;
    });
    expect(text(page(failed))).toContain('the paper’s protocol failed Paper: 24× killed (SIGKILL)');
    expect(text(page({ ...cpuOnlyRun(), comparisons: [] }))).toContain('the paper’s protocol not measured Paper: 24×');
  });

  it('draws roofs from the largest copy and the highest rate that were measured', () => {
    const [gpu, cpu] = charts(page(nanoRun())).roofline;
    expect(gpu).toMatchObject({ title: 'GPU: NVIDIA Tegra X1', memoryRoof: 20.2 });
    expect(cpu).toMatchObject({ memoryRoof: 7.41 });
    for (const panel of [gpu, cpu]) expect(panel?.highest).toBe(Math.max(...(panel?.points.map(({ rate }) => rate) ?? [])));
  });

  it('marks every projection as one, and draws none', () => {
    const html = page(nanoRun());
    const shown = section(html, '<h2 id="projections">', '<h2 id="tables">');
    const { projections } = nanoRun();
    expect(shown.match(/<span class="badge">projection<\/span>/g)).toHaveLength(projections?.length ?? 0);
    expect(charts(page({ ...nanoRun(), projections: [] }))).toEqual(charts(html));
  });

  it('warns loudly of a recorded board, an emulated GPU, an interrupted and a quick run, and swap', () => {
    const warnings = (run: JetsonRun) =>
      [...page(run).matchAll(/<p class="warning" role="note"><strong>([^<]*)<\/strong>/g)].map(([, title]) => title);
    expect(warnings(nanoRun())).toEqual([]);
    expect(warnings(cpuOnlyRun())).toEqual(['Quick run.', 'Busy machine.']);
    const run = nanoRun();
    const { after } = run.environment;
    Object.assign(run.environment, { recorded: 'test/boards/nano', emulated: true });
    if (after) after.memory.swapUsedBytes = 90e6;
    expect(warnings({ ...run, interrupted: true })).toEqual(['Recorded board.', 'Emulated GPU.', 'Interrupted.', 'Swap grew.']);
    expect(page(run)).toContain('NVIDIA Jetson Nano Developer Kit <small>(recorded)</small></h1>');
    expect(text(page(run))).toContain('says nothing about that board');
    expect(text(section(page(run), '<h2 id="headline">', '<h2 id="charts">'))).toMatch(
      /^ Headline figures None: a run with an emulated GPU/,
    );
  });

  it('is whole without any row', () => {
    const html = page({ ...cpuOnlyRun(), comparisons: [], memory: [], copies: [] });
    expect(text(html)).toContain('How much memory does each implementation take? Memory was not measured in this run.');
    expect(text(html)).toContain('This run has no rows.');
    expect(html).toContain('</html>');
  });

  it('shows texts of a run as they are, and never runs them', () => {
    const hostile = '</script></style><img src=x onerror="alert(1)"><!--\'&amp;';
    const html = page(spoiled(nanoRun(), hostile) as JetsonRun);
    expect(html).not.toContain('<img');
    expect(html.match(/<\/script>/g)).toHaveLength(4);
    expect(html.match(/<script/g)).toHaveLength(4);
    expect(html.match(/<\/style>/g)).toHaveLength(1);
    expect(text(html)).toContain(hostile);
    expect(JSON.stringify(charts(html))).toContain('onerror');
  });
});

/** Every string that is not one of a few, with something added. */
function spoiled(value: unknown, hostile: string): unknown {
  if (typeof value === 'string')
    return /^(throughput|copies|host-visible|paper|cpu|cuda|float\d+|N\w{3}|[12]d-.*|nano)$/.test(value) ? value : value + hostile;
  if (Array.isArray(value)) return value.map((each) => spoiled(each, hostile));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, spoiled(each, hostile)]));
}
