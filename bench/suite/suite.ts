/** Everything that engines are measured on, in the order of the report. */
import type { BenchReport, Section } from '../report/types';
import { runIterations } from './iteration';
import { runSection } from './section';
import { checkTier } from './turns';
import type { SuiteContext } from './turns';
import { runWork } from './work';

/** The report without the machine, which the host knows, and without visits, which only main.ts can make. */
export async function runSuite(
  setting: Omit<SuiteContext, 'fail'>,
): Promise<Omit<BenchReport, 'machine'>> {
  const failures: string[] = [];
  const context: SuiteContext = { ...setting, fail: (text) => failures.push(text) };
  const { workloads, tiers } = setting.options;
  const sections: Section[] = [];
  for (const workload of workloads) {
    for (const tier of tiers) {
      try {
        checkTier(context, tier);
        sections.push(await runSection(context, workload, tier));
      } catch (error) {
        context.fail(`Workload ${workload} on ${tier}: ${String(error)}`);
      }
    }
  }
  const iterations = await runIterations(context);
  const work = await runWork(context);
  return { sections, iterations, work, visits: [], cores: [], failures };
}
