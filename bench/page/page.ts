/** The benchmark's page: runs the suite on a press of the button, or when main.ts asks, and prints the tables. */
import { describeAdapter } from '../../src/gpu/device';
import type { EngineId } from '../engines/engine';
import { parseOptions } from '../options';
import type { BenchOptions } from '../options';
import { formatReport } from '../report/report';
import type { BenchReport } from '../report/types';
import { answerCold } from './cold';
import { runSuite } from '../suite/suite';
import { adapterKind } from '../suite/turns';
import type { SuiteContext } from '../suite/turns';
import { pageHost } from './host';
import type { BenchWorkload } from '../workload';

/** `data/build.json`, written beside the built page. */
export interface BuildFacts {
  readonly versions: Readonly<Record<string, string>>;
  /** Bytes of every built file, as it is and compressed with gzip. */
  readonly sizes: SuiteContext['sizes'];
}

declare global {
  interface Window {
    runBenchmark?: (progress?: (text: string) => void) => Promise<BenchReport>;
  }
}

async function runBenchmark(
  options: BenchOptions,
  progress: (text: string) => void,
): Promise<BenchReport> {
  const facts = (await (await fetch('data/build.json')).json()) as BuildFacts;
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  const report = await runSuite({
    ...{ host: pageHost, options, sizes: facts.sizes, progress },
    adapter: adapterKind(adapter?.info),
  });
  return { machine: machineLines(facts, adapter?.info), ...report };
}

function machineLines({ versions }: BuildFacts, adapter: GPUAdapterInfo | undefined): string[] {
  const browser = /(?:HeadlessChrome|Chrome|Firefox|Version)\/[\d.]+/.exec(navigator.userAgent);
  const threads = crossOriginIsolated ? 'WASM threads' : 'no WASM threads (not isolated)';
  return [
    `${browser?.[0] ?? navigator.userAgent}, ${navigator.hardwareConcurrency} logical cores, ${threads}`,
    `WebGPU adapter: ${adapter ? describeAdapter(adapter) : 'none'}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ];
}

function start(): void {
  const parameters = new URLSearchParams(location.search);
  const cold = parameters.get('cold');
  if (cold !== null) {
    void answerCold(pageHost, cold as EngineId, parameters.get('workload') as BenchWorkload);
    return;
  }
  const button = document.querySelector('button')!;
  const status = document.querySelector('[role=status]')!;
  const output = document.querySelector('pre')!;
  const run = async (tell: (text: string) => void = () => {}): Promise<BenchReport> => {
    button.disabled = true;
    const report = await runBenchmark(parseOptions(new Map(parameters)), (text) => {
      status.textContent = text;
      tell(text);
    });
    output.textContent = formatReport(report);
    status.textContent = 'Done.';
    button.disabled = false;
    return report;
  };
  window.runBenchmark = run;
  button.addEventListener('click', () => {
    run().catch((error: unknown) => {
      status.textContent = String(error);
      button.disabled = false;
    });
  });
}

start();
