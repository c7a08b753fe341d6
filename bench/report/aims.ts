/** What the engine is meant to reach, beside what was measured. Nothing here fails a run: an aim is not a test. */
import type { EngineId } from '../engines/engine';
import { coresRatio, overFloor } from './cores';
import { pairedRatio } from './ratios';
import { format } from './table';
import type { BenchReport, CoresRow, IterationScene, PassRow, Section } from './types';

export interface Aim {
  readonly text: string;
  readonly measured: string;
  /** null: not measured in this run. */
  readonly met: boolean | null;
}

/** Percent of an iteration that may be spent outside the network. */
const largestOutside: Readonly<Record<IterationScene, number>> = { 'points/ring': 30, glyphs: 10 };

/** The aims, in the order in which they are printed. */
export function aims(report: BenchReport): Aim[] {
  const find = (tier: Section['tier']): Section | undefined =>
    report.sections.find((section) => section.workload === 'B' && section.tier === tier);
  const [gpu, cpu] = [find('webgpu'), find('wasm')];
  const plan = gpu && gradient(gpu, 'wgsl');
  return [
    speed('WebGPU, DiT-small f+b: 2× faster than jax-js', gpu, 'wgsl', ['jax-webgpu'], 2),
    speed(
      'WebGPU, DiT-small f+b: 5× faster than the others',
      gpu,
      'wgsl',
      ['ort-webgpu', 'tfjs-webgpu'],
      5,
    ),
    limit('WebGPU, DiT-small f+b: at most 200 dispatches', plan?.dispatches, 200, ''),
    limit(
      'WebGPU, DiT-small f+b: at most 0.5 ms of the worker at batch 1',
      plan?.workerMilliseconds,
      0.5,
      ' ms',
    ),
    speed('CPU tier, DiT-small f+b: 2× faster than jax-js', cpu, 'ort-wasm', ['jax-wasm'], 2),
    speed(
      'CPU tier, DiT-small f+b: 5× faster than TensorFlow.js',
      cpu,
      'ort-wasm',
      ['tfjs-wasm'],
      5,
    ),
    ...report.iterations.map(({ scene, algorithm, engine, outside }) => {
      const most = largestOutside[scene];
      const text = `${scene}, ${algorithm} on ${engine}: at most ${most} % outside the network`;
      // The network's replay took longer than the iteration that it is a part of.
      if (outside < 0) return { text, measured: 'too noisy to tell', met: null };
      return limit(text, 100 * outside, most, ' %');
    }),
    ...report.cores.flatMap(coresAims),
  ];
}

const gradient = (section: Section, engine: EngineId): PassRow | undefined =>
  section.passes.find((row) => row.engine === engine && row.pass === 'gradient');

/** The smallest of the ratios of `others` to what ships, which is wanted to be at least `factor`. */
function speed(
  text: string,
  section: Section | undefined,
  ours: EngineId,
  others: readonly EngineId[],
  factor: number,
): Aim {
  const own = section && gradient(section, ours);
  const rows = section ? others.map((id) => gradient(section, id)) : [];
  const measured = rows.filter((row) => row !== undefined);
  if (!section || !own || measured.length < others.length) return unmeasured(text);
  const ratios = measured.map((row) => pairedRatio(own.rounds, row.rounds));
  return {
    text: `${text} (batch ${section.batch})`,
    measured: ratios.map((ratio) => `${format(ratio)}×`).join(' and '),
    met: Math.min(...ratios) >= factor,
  };
}

/** Of one scene on all cores. */
function coresAims(row: CoresRow): Aim[] {
  const { scene, cores } = row;
  const ratios = (['rollout', 'update'] as const).map((phase) => coresRatio(row, phase));
  const wanted = `${scene}: an evaluation costs at most 3 iterations`;
  const evaluation = limit(wanted, row.evaluation, 3, '');
  if (scene === 'points/ring') return [evaluation];
  return [
    {
      text: `${scene}: rollout and update 1.7× faster on two cores`,
      measured: ratios.map((ratio) => `${format(ratio)}×`).join(' and '),
      met: cores === 2 ? Math.min(...ratios) >= 1.7 : null,
    },
    limit(`${scene}: at most 1.25× ONNX Runtime alone`, overFloor(row), 1.25, '×'),
    ...(scene === 'glyphs'
      ? [limit(`${scene}: an update costs at most 7 ms at no row`, row.beforeFirstRow, 7, ' ms')]
      : []),
    evaluation,
  ];
}

function limit(text: string, value: number | null | undefined, most: number, unit: string): Aim {
  if (value === null || value === undefined) return unmeasured(text);
  return { text, measured: `${format(value)}${unit}`, met: value <= most };
}

const unmeasured = (text: string): Aim => ({ text, measured: 'not measured', met: null });
