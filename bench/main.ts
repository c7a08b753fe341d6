/**
 * `npm run bench`: our engines beside onnxruntime-web, jax-js and TensorFlow.js, in one run, as tables of medians and
 * ratios.
 *
 * It builds the page in bench/page, serves it to a headless Chromium and prints what the page measured:
 *   - forward and forward + backward of workloads A (MLP) and B (DiT-small) on WebGPU and on WASM, every engine in a
 *     worker of its own, in turn: wall time, GPU time, processor time of the worker, dispatches, submits, peak GPU
 *     bytes, bytes downloaded, cold start. Before and after, all results are compared with the CPU tier's.
 *   - one iteration of points/ring and one of glyphs by phase, and how much of it is the network.
 *   - the network's work of the same glyph iteration by every engine, as one number each; with 2 of its 16 trees for
 *     WebGPU on a software adapter.
 *   - opening the real page: time to the first tree and to the first live glyph iteration, and bytes downloaded, with
 *     a cold and a warm cache; on WGSL only with --hardware or --full, since no visitor with a software adapter gets it.
 *   - what every core is worth on the CPU tier, in Node: iterations of three scenes on one core and on all in turn.
 *   - the engine's aims beside these numbers.
 * Times never fail it. The exit code is 1 when something could not run or results disagree, 2 for a bad option.
 *
 * A software WebGPU adapter (SwiftShader) is a CPU emulator: its wall times rank kernels otherwise than a GPU does.
 * On a machine with a GPU: `npm run bench -- --serve`, open the printed address in Chrome and press Run; or
 * `npm run bench -- --hardware`; on one without a browser: `npm run bench -- --dawn`.
 */
import { cpus, loadavg, platform, release } from 'node:os';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { root } from '../tools/install.mjs';
import { listen } from '../tools/serve.mjs';
import { measureCores } from './cores';
import { createBenchServer, launchBrowser, rendererProcesses } from './browser';
import { buildBenchPage } from './build';
import { runWithDawn } from './dawn/host';
import { engineTable } from './engines/registry';
import { OptionError, onlyChoices, parseOptions, visitPlan } from './options';
import { formatReport, jsonReport } from './report/report';
import { readThreads } from './threads';
import { coresScenes } from './report/types';
import type { BenchReport, CoresRow } from './report/types';
import { measureVisits } from './visits';

const help = `npm run bench -- [options]

  --batch N      samples of workload B (default 32; 4 for WebGPU on a software adapter)
  --rows N       samples of workload A (default 1024)
  --repeats N    timed rounds (default 5 for WebGPU, 15 for WASM)
  --only LIST    comma-separated parts, tiers and engines; what is not named of a kind is left out:
                 ${onlyChoices.slice(0, -engineTable.length).join(', ')},
                 ${onlyChoices.slice(-engineTable.length).join(', ')}
                 (iteration: points/ring by phase; glyphs: the same of glyphs, and its network's
                 work by every engine; page: opening the real page; cores: what every core is
                 worth in Node)
  --full         on a software adapter too: workload B at batch 32, all trees of a glyph
                 iteration, the page opened on WGSL (tens of minutes)
  --json         the report as JSON instead of tables
  --hardware     the machine's own GPU in the headless browser
  --dawn         the machine's own GPU without a browser (Dawn for Node): its WebGPU engines, without
                 onnxruntime-web's and without the part "page"
  --serve        only serve the page and print its address, to be opened by hand (without the part
                 "page")
  --help         this text
`;

const PORT = 5190;

export async function main(args: string[]): Promise<number> {
  const values = readArguments(args);
  if (typeof values === 'number') return values;
  const load = loadavg()[0];
  if (values.dawn) {
    const options = parseOptions(new Map(pageQuery(values)));
    const report = withMachine(await runWithDawn(root, options, tell), load);
    tell('');
    return print(report, values);
  }
  const folder = await buildBenchPage(root);
  const server = createBenchServer(folder);
  const address = `http://localhost:${await listen(server, PORT)}/`;
  const query = pageQuery(values).toString();
  const url = query ? `${address}?${query}` : address;
  if (values.serve) {
    console.log(`The benchmark is at ${url} (Ctrl+C ends it).`);
    return new Promise((ended) => process.once('SIGINT', () => ended(0)));
  }
  const measured = await runInBrowser(url, values.hardware === true);
  server.close();
  const visited = await withVisits(measured, values);
  return print(withMachine(await withCores(visited, values), load), values);
}

/** @returns exit code */
function print(report: BenchReport, values: Values): number {
  process.stdout.write(
    values.json ? `${JSON.stringify(jsonReport(report))}\n` : formatReport(report),
  );
  return report.failures.length > 0 ? 1 : 0;
}

type Values = Record<string, string | boolean | undefined>;

/** The options, or the exit code where there is nothing to run. */
function readArguments(args: string[]): Values | number {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const { values } = parseArgs({
      args,
      options: {
        ...{ batch: text, rows: text, repeats: text, only: text, full: flag },
        ...{ json: flag, hardware: flag, dawn: flag, serve: flag, help: flag },
      },
    });
    if (values.help) {
      console.log(help);
      return 0;
    }
    const { tiers } = parseOptions(new Map(pageQuery(values)));
    if (values.dawn && !tiers.includes('webgpu')) {
      throw new OptionError('"dawn" measures WebGPU alone, which "only" leaves out.');
    }
    return values;
  } catch (error) {
    const known = error instanceof OptionError || error instanceof TypeError;
    if (!known) throw error;
    console.error(`${error.message}\n\n${help}`);
    return 2;
  }
}

/** What the page has to know, as its address. */
function pageQuery(values: Values): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ['batch', 'rows', 'repeats', 'only', 'full']) {
    const value = values[name];
    if (value !== undefined) query.set(name, String(value));
  }
  return query;
}

async function runInBrowser(url: string, hardware: boolean): Promise<BenchReport> {
  const browser = await launchBrowser(hardware);
  try {
    const page = await browser.newPage();
    watch(page);
    await page.exposeFunction('benchThreads', async () =>
      readThreads(await rendererProcesses(browser)),
    );
    await page.exposeFunction('benchProgress', tell);
    await page.goto(url);
    return await page.evaluate(() => window.runBenchmark!(window.benchProgress));
  } finally {
    await browser.close();
    tell('');
  }
}

declare global {
  interface Window {
    benchProgress?: (text: string) => void;
  }
}

/** Errors and warnings of the page's console go to stderr; anything else there is the libraries' chatter. */
function watch(page: Page): void {
  page.on('pageerror', (error) => console.error(error));
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(message.text());
  });
}

/** One line that is overwritten on a terminal; silence elsewhere. */
function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** The report with what opening the page costs, where that is asked for. */
async function withVisits(report: BenchReport, values: Values): Promise<BenchReport> {
  const options = parseOptions(new Map(pageQuery(values)));
  if (!options.page) return report;
  const hardware = values.hardware === true;
  const failures = [...report.failures];
  const visits = await measureVisits(
    { hardware, ...visitPlan(options, hardware) },
    tell,
    (text) => void failures.push(text),
  );
  tell('');
  return { ...report, visits, failures };
}

/** The report with what every core is worth in Node, where that is asked for. */
async function withCores(report: BenchReport, values: Values): Promise<BenchReport> {
  if (!parseOptions(new Map(pageQuery(values))).cores) return report;
  const cores: CoresRow[] = [];
  const failures = [...report.failures];
  for (const scene of coresScenes) {
    tell(`cores: ${scene}`);
    await measureCores(scene).then(
      (row) => cores.push(row),
      (error: unknown) => failures.push(`${scene} on every core: ${String(error)}`),
    );
  }
  tell('');
  return { ...report, cores, failures };
}

function withMachine(report: BenchReport, load: number): BenchReport {
  const cores = cpus();
  const busy = load > cores.length / 4 ? ' (busy: read the ratios, not the times)' : '';
  const machine = [
    `${cores[0]?.model.trim()}, ${cores.length} logical cores, ${platform()} ${release()}, Node ${process.versions.node}`,
    `Load average before: ${load.toFixed(2)}${busy}`,
    ...report.machine,
  ];
  return { ...report, machine };
}
