/** The report as plain text: machine, one table per workload and tier, iterations by phase, aims, failures. */
import { phases } from '../../src/journal/events';
import { engineEntry } from '../engines/registry';
import { aims } from './aims';
import { formatCores } from './cores';
import { median, pairedRatio, relativeSpread } from './ratios';
import { format, formatTable } from './table';
import type { Cell } from './table';
import type { BenchReport, IterationRow, PassRow, Section } from './types';
import { formatVisits } from './visits';
import { formatWork, workMilliseconds, workRatio } from './work';

const passTitles = { forward: 'forward', gradient: 'f+b' } as const;

export function formatReport(report: BenchReport): string {
  const parts = [
    report.machine.join('\n'),
    ...report.sections.map(formatSection),
    ...(report.iterations.length > 0 ? [formatIterations(report.iterations)] : []),
    ...report.work.map(formatWork),
    ...(report.visits.length > 0 ? [formatVisits(report.visits)] : []),
    ...(report.cores.length > 0 ? [formatCores(report.cores)] : []),
    formatAims(report),
    formatFailures(report.failures),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Wall time of other/ours, median over rounds; our row is 1. */
export function ratioToOurs(section: Section, row: PassRow): number | null {
  const ours = section.passes.find(
    ({ engine, pass }) => engineEntry(engine).ours && pass === row.pass,
  );
  return ours ? pairedRatio(ours.rounds, row.rounds) : null;
}

/** The report with what its tables derive: medians, ratios and aims. */
export function jsonReport(report: BenchReport): object {
  const sections = report.sections.map((section) => ({
    ...section,
    passes: section.passes.map((row) => ({
      ...row,
      milliseconds: median(row.rounds),
      ratioToOurs: ratioToOurs(section, row),
    })),
  }));
  const work = report.work.map((section) => ({
    ...section,
    rows: section.rows.map((row) => ({
      ...row,
      milliseconds: workMilliseconds(section.parts, row),
      ratioToOurs: workRatio(section, row),
    })),
  }));
  return { ...report, sections, work, aims: aims(report) };
}

function formatSection(section: Section): string {
  const passHeader = [
    `${section.title}, ${section.tier}, batch ${section.batch}`,
    'pass',
    'ms',
    '±%',
    '× ours',
    'GPU ms',
    'worker ms¹',
    'dispatches¹',
    'submits¹',
    'cold start s¹',
  ];
  const passRows = section.passes.map((row): Cell[] => [
    engineEntry(row.engine).title,
    passTitles[row.pass],
    median(row.rounds),
    Math.round(100 * relativeSpread(row.rounds)),
    ratioToOurs(section, row),
    row.gpuMilliseconds,
    row.workerMilliseconds,
    row.dispatches,
    row.submits,
    row.coldStart === null ? null : row.coldStart / 1000,
  ]);
  const engineHeader = ['', 'peak GPU MB', 'download MB', 'gzip MB', 'max rel. error', 'in tensor'];
  const engineRows = section.engines.map((row): Cell[] => [
    engineEntry(row.engine).title,
    megabytes(row.peakBytes),
    megabytes(row.download?.raw ?? null),
    megabytes(row.download?.gzip ?? null),
    row.error === 0 ? '0' : row.error.toExponential(1),
    row.worstTensor,
  ]);
  return [
    formatTable(passHeader, passRows),
    `Median wall time of ${section.passes[0]?.rounds.length ?? 0} rounds; ¹ at batch 1.`,
    '',
    formatTable(engineHeader, engineRows),
  ].join('\n');
}

const megabytes = (bytes: number | null): number | null => (bytes === null ? null : bytes / 1e6);

function formatIterations(rows: readonly IterationRow[]): string {
  const header = ['ms of one iteration', ...phases, 'total', 'network', 'outside %', 'of'];
  const cells = rows.map((row): Cell[] => [
    `${row.scene}, ${row.algorithm} on ${row.engine} (${row.leaves} leaves, T = ${row.steps})`,
    ...phases.map((phase) => row.phases[phase]),
    row.total,
    row.network,
    100 * row.outside,
    row.iterations,
  ]);
  return [
    formatTable(header, cells),
    'Medians of the journal’s clock readings, of so many iterations. Network: on ort-wasm the time inside its',
    'calls, on wgsl the mean of two replays of the plans’ work alone, before and after each iteration.',
  ].join('\n');
}

function formatAims(report: BenchReport): string {
  const verdict = { true: 'met', false: 'not met', null: '–' } as const;
  const rows = aims(report).map(({ text, measured, met }) => [text, measured, verdict[`${met}`]]);
  return formatTable(['Aim', 'measured', 'verdict'], rows);
}

function formatFailures(failures: readonly string[]): string {
  if (failures.length === 0) return 'All results agree.';
  return [`Failed (${format(failures.length)}):`, ...failures.map((text) => `  ${text}`)].join(
    '\n',
  );
}
