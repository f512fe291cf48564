import { describe, expect, it } from 'vitest';
import { page } from '../../../bench/jetson/page';
import type { ChartData } from '../../../bench/jetson/page/chart-data';
import type { JetsonRun, MemoryComparison, WorkloadId } from '../../../bench/jetson/schema';
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
function cpuMemory({ memory }: JetsonRun): MemoryComparison {
  const found = memory.find(({ device, protocol }) => device === 'cpu' && protocol === 'copies');
  if (found === undefined) throw new Error('Expected memory that was measured on the CPU');
  return found;
}

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
    // The reason once, and elsewhere that there is none.
    expect(shown.match(/libcuda\.so\.1/g)).toHaveLength(1);
    expect(shown).toContain('float32 NHWC. GPU not measured.');
    expect(shown).toContain('GPU not measured: why');
    expect(shown).toContain('2D 8×8 for a 3×3 convolution on the CPU, the whole batch in one call');
    expect(shown).toContain('Memory 23.3 GiB');
    expect(shown).not.toMatch(/\bunknown\b/);
    expect(shown).not.toContain('Projections');
    expect(charts(html).energy).toEqual([]);
  });

  it('says why onnxruntime was no baseline, and what came up', () => {
    const shown = text(page({ ...cpuOnlyRun(), withoutOnnxruntime: 'it is "not installed"', remarks: ['This came up.'] }));
    expect(shown).toContain('onnxruntime not measured it is "not installed"');
    expect(shown).toContain('Remarks This came up.');
    expect(text(page(cpuOnlyRun()))).not.toMatch(/onnxruntime not measured|Remarks/);
  });

  it('names the command that made it', () => {
    expect(page(cpuOnlyRun())).toContain('<code>npm run bench:jetson</code>');
    process.env.WHT_COMMAND = 'npx wht-layers bench';
    try {
      expect(page(cpuOnlyRun())).toContain('<code>npx wht-layers bench</code>');
    } finally {
      delete process.env.WHT_COMMAND;
    }
  });

  it('holds the licences of all that it carries', () => {
    const [, licences] = /<script>\/\*\n([\s\S]*?)\*\//.exec(page(cpuOnlyRun())) ?? [];
    for (const each of [
      'd3 7.',
      '@observablehq/plot 0.',
      'delaunator ',
      'interval-tree-1d ',
      'Copyright 2002 Cynthia Brewer',
      'Robert Penner',
    ])
      expect(licences).toContain(each);
    // In commands of d3-dsv alone.
    expect(licences).not.toMatch(/iconv-lite|commander/);
  });

  it('sets the paper’s figures beside those of its protocol', () => {
    const shown = text(section(page(nanoRun()), '<h2 id="headline">', '<h2 id="machine">'));
    expect(shown).toMatch(/the paper’s protocol 75\.8× Paper: 24× Between 71\.2× and 81\.1× with 95\s% confidence/);
    expect(shown).toMatch(/The first call of a process, which the authors’ loop counted: 16\.\d ms against 3\d\d ms, \d+\.\d×\./);
    // Against the fastest baseline, though another is leaner or larger.
    expect(shown).toContain('28.6 % lower Paper: 19.51 % lower Peak 105 MB against 146 MB (Conv2d 3x3, onnxruntime 1.30.0)');
    expect(shown).toMatch(/is inferred: the convolution’s kernel of 37\.75 MB is 19\.51 % of 193 MB/);
    expect(shown).toContain(
      '264× less 0.133 mJ against 35.1 mJ Against cuDNN 8.2.1. Of the whole board (POM_5V_IN). Throughput, GPU float32 NHWC.',
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
      const { id, protocol, device, dtype, layout, shape, paper } = row;
      return protocol === 'paper'
        ? { id, protocol, device, dtype, layout, shape, ...(paper && { paper }), error: 'killed (SIGKILL)' }
        : row;
    });
    expect(text(page(failed))).toContain('the paper’s protocol failed Paper: 24× killed (SIGKILL)');
    expect(text(page({ ...cpuOnlyRun(), comparisons: [] }))).toContain('the paper’s protocol not measured This run had no such row.');
  });

  it('has the first workload in its headline where the paper’s own was not asked for, with the paper’s figure only where there is one', () => {
    const only = (run: JetsonRun, id: WorkloadId): JetsonRun => ({
      ...run,
      comparisons: run.comparisons.filter((row) => row.id === id),
      memory: [...run.memory, { ...cpuMemory(run), id, protocol: 'paper' as const }].filter((each) => each.id === id),
    });
    const headline = (run: JetsonRun) => text(section(page(run), '<h2 id="headline">', '<h2 id="machine">'));
    const pointwise = headline(only(nanoRun(), '1d-1024-vs-conv1x1'));
    expect(pointwise).not.toContain('not measured');
    expect(pointwise).not.toContain('2D 8×8');
    expect(pointwise).toMatch(/1D over 1024 channels for a 1×1 convolution, the paper’s protocol [\d.]+× Paper: 1\.94×/);
    // Of its memory the paper says nothing.
    expect(pointwise).toMatch(/1D over 1024 channels for a 1×1 convolution, memory of the process [\d.]+ % lower Peak 187 MB/);
    expect(pointwise).toContain('1D over 1024 channels for a 1×1 convolution on the GPU, the whole batch in one call');
    const other = headline(only(nanoRun(), '2d-32x32-vs-conv3x3'));
    expect(other).toMatch(
      /2D 32×32 for a 3×3 convolution, the paper’s protocol [\d.]+× Between .*2D 32×32 for a 3×3 convolution on the GPU/,
    );
    expect(other).not.toContain('Paper:');
  });

  it('tells bars apart whose implementation is the same', () => {
    for (const { groups } of charts(page(nanoRun())).memory) {
      for (const { rows } of groups) expect(new Set(rows.map(({ label }) => label)).size).toBe(rows.length);
    }
    expect(JSON.stringify(charts(page(nanoRun())).memory)).toContain('"label":"onnxruntime 1.30.0 (Gemm)"');
  });

  it('calls a fall of the available memory that says nothing noise', () => {
    const { memory } = charts(page(cpuOnlyRun()));
    const falls = memory.flatMap(({ groups }) => groups.flatMap(({ rows }) => rows)).filter(({ bytes }) => bytes < 0);
    expect(falls).toEqual([expect.objectContaining({ label: 'onnxruntime 1.30.0', noise: 'below 32 MB: noise' })]);
    expect(text(page(cpuOnlyRun()))).not.toMatch(/[-−]16\.5 MB/);
  });

  it('never has a heading right below another', () => {
    expect(markup(page(nanoRun()))).not.toMatch(/<\/h[1-3]>\s*<h[1-6]\b/);
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
    Object.assign(run.environment, { recorded: 'test/boards/nano', emulated: true });
    expect(warnings({ ...run, interrupted: true })).toEqual(['Recorded board.', 'Emulated GPU.', 'Interrupted.']);
    const swapping = nanoRun();
    if (swapping.environment.after) swapping.environment.after.memory.swapUsedBytes = 90e6;
    expect(warnings(swapping)).toEqual(['Swap grew.']);
    expect(text(page(cpuOnlyRun()))).toContain('load average 1.3; it may have been your own last command');
    expect(text(page(run))).toContain('says nothing about that board');
    expect(text(section(page(run), '<h2 id="headline">', '<h2 id="machine">'))).toMatch(
      /^ Headline figures None: a run with an emulated GPU/,
    );
  });

  it('keeps what was read of a recorded board from what was measured', () => {
    const run = nanoRun();
    Object.assign(run.environment, { recorded: 'test/boards/nano', cpu: 'AMD EPYC', simd: 'avx2', memoryTotalBytes: 25.3e9 });
    delete run.environment.gpu;
    delete run.environment.computeCapability;
    const html = page(run);
    expect(html).toContain('<title>AMD EPYC (beside a recorded board: NVIDIA Jetson Nano Developer Kit) – wht-layers</title>');
    expect(html).toContain('<h1>AMD EPYC <small>beside a recorded board: NVIDIA Jetson Nano Developer Kit</small></h1>');
    const measured = text(section(html, '<h3>Measured on</h3>', '<h3>Read from the recorded tree'));
    const read = text(section(html, '<h3>Read from the recorded tree', '<figure class="chart" id="speed"'));
    for (const fact of ['CPU AMD EPYC, avx2', 'Memory 23.6 GiB', 'Node 16.20.2']) {
      expect(measured).toContain(fact);
      expect(read).not.toContain(fact);
    }
    for (const fact of [
      'JetPack 4.6.4',
      'MAXN (0)',
      'GPU up to 922 MHz',
      'GPU 34.5 → 45.0 °C',
      'The recorded board’s state',
      'jetson_clocks --show',
    ]) {
      expect(read).toContain(fact);
      expect(measured).not.toContain(fact);
    }
    expect(read).toContain('test/boards/nano');
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
