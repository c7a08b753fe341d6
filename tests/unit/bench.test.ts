import { describe, expect, test } from 'vitest';
import { affordable, iterationWork } from '../../bench/iterationWork';
import {
  batchSize,
  OptionError,
  parseOptions,
  ownEngines,
  roundCount,
  visitPlan,
  workRoundCount,
} from '../../bench/options';
import { aims } from '../../bench/report/aims';
import {
  median,
  pairedRatio,
  relativeError,
  relativeSpread,
  worstError,
} from '../../bench/report/ratios';
import { formatReport, jsonReport, ratioToOurs } from '../../bench/report/report';
import { format, formatTable } from '../../bench/report/table';
import type {
  BenchReport,
  CoresRow,
  IterationRow,
  PassRow,
  Section,
  VisitRow,
  WorkSection,
} from '../../bench/report/types';
import { workMilliseconds, workRatio } from '../../bench/report/work';
import { benchInputs } from '../../bench/workload';
import type { Workload } from '../../bench/workload';
import { iterationPlan } from '../../src/config/plan';
import { resolveSettings } from '../../src/config/resolve';
import { forwardCount } from '../../src/core/tree';

const pass = (
  engine: PassRow['engine'],
  rounds: number[],
  row: Partial<PassRow> = {},
): PassRow => ({
  ...{ engine, pass: 'gradient', rounds, gpuMilliseconds: null, workerMilliseconds: null },
  ...{ dispatches: null, submits: null, coldStart: null },
  ...row,
});

const section = (tier: Section['tier'], passes: PassRow[]): Section => ({
  ...{ workload: 'B', title: 'B', tier, batch: 4, passes },
  engines: passes.map(({ engine }) => ({
    ...{ engine, peakBytes: null, download: null, error: 0, worstTensor: '' },
  })),
});

const report = (sections: Section[], failures: string[] = []): BenchReport => ({
  ...{ machine: ['a machine'], sections, iterations: [], work: [], visits: [], cores: [] },
  failures,
});

const options = (values: Record<string, string>) => parseOptions(new Map(Object.entries(values)));

describe('the ratio of two engines', () => {
  test('is the median of the ratios within a round, so a slow spell counts for both', () => {
    expect(pairedRatio([10, 10, 40], [20, 30, 120])).toBe(3);
    expect(median([120, 20, 30]) / median([10, 10, 40])).toBe(3);
    expect(pairedRatio([10, 40, 10], [20, 80, 30])).toBe(2);
  });

  test('compares every row with our engine of its tier and pass', () => {
    const cpu = section('wasm', [pass('ort-wasm', [2, 2]), pass('jax-wasm', [3, 5])]);
    expect(cpu.passes.map((row) => ratioToOurs(cpu, row))).toEqual([1, 2]);
    const without = section('wasm', [pass('jax-wasm', [3])]);
    expect(ratioToOurs(without, without.passes[0])).toBeNull();
  });

  test('medians are the middle value or the mean of the two middle ones', () => {
    expect(median([5, 1, 100])).toBe(5);
    expect(median([4, 1, 2, 100])).toBe(3);
    expect(median([])).toBeNaN();
    expect(relativeSpread([10, 10, 10])).toBe(0);
    expect(relativeSpread([8, 9, 10, 11, 12])).toBeCloseTo(0.1);
  });
});

describe('agreement of results', () => {
  test('is relative to the largest value of a tensor', () => {
    const expected = new Float32Array([0, -8, 1]);
    expect(relativeError(new Float32Array([1, -8, 1]), expected)).toBe(1 / 8);
    expect(relativeError(expected, expected)).toBe(0);
  });

  test('stale, missing, short and non-finite tensors are as wrong as can be', () => {
    const expected = { v: new Float32Array([1, 2]), d_w: new Float32Array([3]) };
    const right = { v: new Float32Array([1, 2]) };
    expect(worstError(right, expected)).toEqual({ error: Infinity, tensor: 'd_w' });
    expect(worstError({ ...right, d_w: new Float32Array(1) }, expected).error).toBe(1);
    expect(worstError({ ...right, d_w: new Float32Array([NaN]) }, expected).error).toBe(Infinity);
    expect(worstError({ ...expected, v: new Float32Array([1]) }, expected).tensor).toBe('v');
  });
});

describe('tables', () => {
  test('numbers keep about three digits', () => {
    expect([1234567, 123.4, 12.34, 1.234, 0.01234, 0, null, 1e-5].map(format)).toEqual(
      '1,234,567 123 12.3 1.23 0.012 0 – 1.0e-5'.split(' '),
    );
  });

  test('columns that nothing fills are left out and the others line up', () => {
    const table = formatTable(
      ['name', 'empty', 'ms'],
      [
        ['a', null, 1000],
        ['longer', null, null],
      ],
    );
    expect(table.split('\n')).toEqual([
      'name       ms',
      '──────  ─────',
      'a       1,000',
      'longer      –',
    ]);
  });
});

describe('aims', () => {
  const gpu = section('webgpu', [
    pass('wgsl', [100, 100], { dispatches: 180, workerMilliseconds: 0.6 }),
    pass('jax-webgpu', [210, 230]),
    pass('ort-webgpu', [900, 900]),
    pass('tfjs-webgpu', [400, 400]),
  ]);
  const cpu = section('wasm', [
    pass('ort-wasm', [50]),
    pass('ort-wasm-1', [100]),
    pass('jax-wasm', [120]),
    pass('tfjs-wasm', [500]),
  ]);

  test('are met, not met or not measured', () => {
    expect(aims(report([gpu])).map(({ met }) => met)).toEqual([
      true,
      false,
      true,
      false,
      null,
      null,
    ]);
    expect(aims(report([cpu])).map(({ met }) => met)).toEqual([null, null, null, null, true, true]);
  });

  test('our CPU tier counts with the engine that ships, on all cores', () => {
    expect(aims(report([cpu]))[4].measured).toBe('2.40×');
  });

  test('say which share of an iteration is outside the network, by scene', () => {
    const phases = { rollout: 4, score: 1, fuse: 1, normalise: 1, prune: 1, update: 2 };
    const sizes = { leaves: 128, steps: 10, iterations: 3, total: 10, network: 6, outside: 0.4 };
    const engine = { algorithm: 'branch-grpo', engine: 'ort-wasm' } as const;
    const points: IterationRow = { scene: 'points/ring', ...engine, phases, ...sizes };
    const glyphs: IterationRow = { ...points, scene: 'glyphs', outside: 0.08 };
    const both = { ...report([]), iterations: [points, glyphs] };
    expect(aims(both).slice(-2)).toEqual([
      {
        text: 'points/ring, branch-grpo on ort-wasm: at most 30 % outside the network',
        ...{ measured: '40 %', met: false },
      },
      {
        text: 'glyphs, branch-grpo on ort-wasm: at most 10 % outside the network',
        ...{ measured: '8 %', met: true },
      },
    ]);
    const noisy = { ...report([]), iterations: [{ ...glyphs, outside: -0.2 }] };
    expect(aims(noisy).at(-1)).toMatchObject({ measured: 'too noisy to tell', met: null });
    expect(formatReport(both)).toMatch(/glyphs, branch-grpo on ort-wasm \(128 leaves, T = 10\)/);
  });

  test('of every core are judged by iterations in turn, and by ONNX Runtime alone', () => {
    const times = (rollout: number[], update: number[]): CoresRow['all'] => ({
      ...{ rollout, update, total: rollout.map((one, i) => one + update[i]) },
    });
    const glyphs: CoresRow = {
      ...{ scene: 'glyphs', cores: 2, serialShare: 0.1, memory: 60, evaluation: 3.5 },
      ...{ alone: times([20, 36], [10, 16]), all: times([10, 20], [5, 10]) },
      ...{ floor: 20, beforeFirstRow: 6 },
    };
    const rows = { ...report([]), cores: [glyphs] };
    const found = aims(rows).slice(-4);
    expect(found.map(({ met }) => met)).toEqual([true, true, true, false]);
    expect(found[0].measured).toBe('1.90× and 1.80×');
    const more = { ...report([]), cores: [{ ...glyphs, cores: 4 }] };
    expect(aims(more).at(-4)).toMatchObject({ met: null });
    expect(formatReport(rows)).toMatch(/bound at 4 .*\n─.*\nglyphs .* 3\.08×/);
  });

  test('stand in the printed report beside failures, and in its JSON beside medians', () => {
    const text = formatReport(report([gpu, cpu], ['jax-js: wrong result']));
    expect(text).toContain('Failed (1):\n  jax-js: wrong result');
    expect(text).toMatch(/2× faster than jax-js \(batch 4\) +2\.20× +met/);
    expect(jsonReport(report([cpu]))).toMatchObject({
      sections: [{ passes: [{ milliseconds: 50, ratioToOurs: 1 }, {}, { ratioToOurs: 2.4 }, {}] }],
      aims: [{}, {}, {}, {}, { met: true }, { met: true }],
    });
  });
});

describe('the network’s work of a glyph iteration', () => {
  const preset = resolveSettings('glyphs', 'branch-grpo');

  test('is one forward pass per depth and one gradient pass per update', () => {
    expect(iterationWork(preset)).toEqual([
      { pass: 'forward', batch: 16, times: 1 },
      { pass: 'forward', batch: 32, times: 1 },
      { pass: 'forward', batch: 64, times: 1 },
      { pass: 'forward', batch: 128, times: 1 },
      { pass: 'forward', batch: 256, times: 6 },
      { pass: 'gradient', batch: 120, times: 2 },
    ]);
    const rows = (pass: 'forward' | 'gradient'): number =>
      iterationWork(preset)
        .filter((part) => part.pass === pass)
        .reduce((sum, { batch, times }) => sum + batch * times, 0);
    expect(rows('forward')).toBe(forwardCount(iterationPlan(preset, 0).shape));
    expect(rows('gradient')).toBe(2 * 120);
  });

  test('has fewer trees where the GPU is emulated', () => {
    expect(affordable(preset, false)).toBe(preset);
    const parts = iterationWork(affordable(preset, true));
    expect(parts.map(({ batch, times }) => [batch, times])).toEqual([
      ...[2, 4, 8, 16].map((batch) => [batch, 1]),
      [32, 6],
      [15, 2],
    ]);
  });

  const work: WorkSection = {
    ...{ tier: 'wasm', trees: 2, presetTrees: 16 },
    parts: [
      { pass: 'forward', batch: 32, times: 6 },
      { pass: 'gradient', batch: 15, times: 2 },
    ],
    rows: [
      {
        engine: 'ort-wasm',
        rounds: [
          [1, 2, 1],
          [3, 6, 3],
        ],
        error: 0,
        worstTensor: '',
      },
      {
        engine: 'jax-wasm',
        rounds: [
          [2, 4, 9],
          [6, 12, 9],
        ],
        error: 2e-6,
        worstTensor: 'v',
      },
    ],
  };

  test('is the sum of its parts’ medians, and is compared with ours round by round', () => {
    expect(work.rows.map((row) => workMilliseconds(work.parts, row))).toEqual([12, 42]);
    expect(work.rows.map((row) => workRatio(work, row))).toEqual([1, 2]);
    expect(workRatio({ ...work, rows: [work.rows[1]] }, work.rows[1])).toBeNull();
  });

  test('says in its title how many trees it is of, and stands in the JSON', () => {
    const whole = { ...report([]), work: [work] };
    const text = formatReport(whole);
    expect(text).toContain('one iteration, wasm, 2 of 16 trees');
    expect(text).toContain('6 × 32 forward rows');
    expect(text).toMatch(/jax-js wasm, all cores +42 +\d+ +2 /);
    expect(jsonReport(whole)).toMatchObject({
      work: [{ rows: [{ milliseconds: 12, ratioToOurs: 1 }, { ratioToOurs: 2 }] }],
    });
  });
});

describe('opening the page', () => {
  const visit: VisitRow = {
    ...{ engine: 'ort-wasm', cache: 'cold', requests: 30 },
    ...{
      scene: 'glyphs' as const,
      firstTree: [1000, 3000, 2000],
      firstIteration: [9000, 8000, 40_000],
    },
    download: { raw: 19_700_000, gzip: 8_400_000 },
  };

  test('is told in medians, megabytes and requests, cold and warm', () => {
    const warm = { ...visit, cache: 'warm', requests: 9, download: { raw: 0, gzip: 0 } } as const;
    const text = formatReport({ ...report([]), visits: [visit, warm] });
    expect(text).toMatch(/ort-wasm, cold cache +2 +9 +30 +19\.7 +8\.40/);
    expect(text).toMatch(/ort-wasm, warm cache +2 +9 +9 +0 +0/);
    expect(text).toContain('Medians of 3 visits');
    expect(formatReport(report([]))).not.toContain('Opening the page');
  });
});

describe('inputs of a workload with prompts', () => {
  test('set one value per slot, another from row to row, at the sampler’s noise levels', () => {
    const glyphs: Workload = {
      ...{ name: 'glyphs', sampleShape: [1], conditionSize: 5, slots: [2, 3], frequencies: [1] },
      ...{
        noiseLevels: [1, 0.5],
        transformer: null,
        weights: new Map(),
        graph: () => Promise.reject(new Error()),
      },
    };
    const { cond } = benchInputs(glyphs, 2);
    expect([...cond!]).toEqual([1, 0, 1, 0, 0, 0, 1, 0, 0, 1]);
    expect([...benchInputs(glyphs, 3).t]).toEqual([1, 0.5, 1]);
    expect([...benchInputs({ ...glyphs, noiseLevels: null }, 2).t]).toEqual([0.25, 0.75]);
    expect(benchInputs({ ...glyphs, conditionSize: 0, slots: null }, 2).cond).toBeNull();
  });
});

describe('options', () => {
  test('a software adapter gets a small batch of DiT-small unless told otherwise', () => {
    const sizes = (values: Record<string, string>) =>
      (['webgpu', 'wasm'] as const).map((tier) => batchSize(options(values), 'B', tier, true));
    expect(sizes({})).toEqual([4, 32]);
    expect(sizes({ full: 'true' })).toEqual([32, 32]);
    expect(sizes({ batch: '2' })).toEqual([2, 2]);
    expect(batchSize(options({}), 'B', 'webgpu', false)).toBe(32);
    expect(batchSize(options({ rows: '16' }), 'A', 'webgpu', true)).toBe(16);
    expect(roundCount(options({ repeats: '2' }), 'wasm')).toBe(2);
    expect(workRoundCount(options({}), 'webgpu', true)).toBe(2);
    expect(workRoundCount(options({ repeats: '7' }), 'webgpu', true)).toBe(7);
  });

  test('"only" restricts what it names and leaves the rest', () => {
    expect(options({ only: 'B,wasm' })).toMatchObject({
      ...{ workloads: ['B'], tiers: ['wasm'], iteration: false, glyphs: false },
      engines: { length: 8 },
    });
    expect(options({ only: 'iteration' })).toMatchObject({ workloads: [], iteration: true });
    expect(options({ only: 'glyphs' })).toMatchObject({ iteration: false, glyphs: true });
    expect(options({ only: 'wgsl' })).toMatchObject({ engines: ['wgsl'], workloads: ['A', 'B'] });
  });

  test('whole iterations and visits are those of the chosen tiers and engines', () => {
    expect(ownEngines(options({}))).toEqual(['ort-wasm', 'wgsl']);
    expect(ownEngines(options({ only: 'glyphs,webgpu' }))).toEqual(['wgsl']);
    expect(ownEngines(options({ only: 'glyphs,jax-webgpu' }))).toEqual([]);
  });

  test('the page is opened on WGSL where there is a GPU or everything is wanted', () => {
    const page = options({ only: 'page' });
    expect(page).toMatchObject({ workloads: [], iteration: false, glyphs: false, page: true });
    expect(options({ only: 'glyphs' }).page).toBe(false);
    expect(visitPlan(page, false)).toEqual({ engines: ['ort-wasm'], repeats: 3 });
    expect(visitPlan(page, true).engines).toEqual(['ort-wasm', 'wgsl']);
    const full = options({ full: 'true', repeats: '1', only: 'page,webgpu' });
    expect(visitPlan(full, false)).toEqual({ engines: ['wgsl'], repeats: 1 });
  });

  test('what is not understood is refused by name', () => {
    expect(() => options({ only: 'C' })).toThrow(/"C".*iteration/);
    expect(() => options({ batch: '0' })).toThrow(OptionError);
    expect(() => options({ bacth: '4' })).toThrow(/"bacth".*batch/);
  });
});
