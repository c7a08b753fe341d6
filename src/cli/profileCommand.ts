/** `espalier profile`: at which denoising steps noise still changes the reward (trainer/explorationProfile.ts). */
import { say } from '../content/terminal';
import { findAlgorithm, resolveSettings } from '../config/resolve';
import { EspalierError } from '../core/errors';
import { findScene } from '../scenes';
import { explorationProfile } from '../trainer/explorationProfile';
import type { ProfileStep } from '../trainer/explorationProfile';
import { Machine } from '../session/machine';
import { openEngine, openPolicy } from '../session/setUp';
import type { Arguments } from './arguments';
import { readGivenModel } from './givenFiles';
import { exitCodes } from './help';
import { nodeCores } from '../engine/pool/nodeCores';
import { nodeEnvironment } from '../session/runHeadless';
import type { Terminal } from './terminal';
import { figure, table } from './text';

/** Trees per step, and leaves per tree: a spread of .3 is found to about .01. */
const PROMPTS = 96;
const LEAVES = 8;

/** @throws EspalierError when the policy or the engine cannot be opened */
export async function profileCommand(args: Arguments, terminal: Terminal): Promise<number> {
  if (args.words.length > 0 || args.resume !== undefined || args.out !== undefined) {
    throw new EspalierError('bad-setting', 'profileArguments');
  }
  const { scene: name = 'points/ring', algorithm = 'branch-grpo', engine: asked } = args;
  const scene = findScene(name);
  const settings = resolveSettings(name, algorithm, args.overrides);
  const engineName = asked === undefined || asked === 'auto' ? 'ort-wasm' : asked;
  const request = {
    scene: name,
    algorithm: findAlgorithm(algorithm).name,
    settings,
    engine: engineName,
    model: await readGivenModel(args.model),
    checkpoint: null,
    landscape: null,
  };
  const tell = (text: string): void => terminal.progress(text);
  const policy = await openPolicy(request, scene, nodeEnvironment, tell);
  const machine = new Machine(() => nodeEnvironment.gpu(), nodeCores(args.cores));
  const { engine } = await openEngine(engineName, policy, machine, tell);
  try {
    const options = { scene, settings, engine, prompts: PROMPTS, leaves: LEAVES };
    const profile = await explorationProfile(options);
    terminal.progress('');
    terminal.out(
      args.json ? profile.map((step) => JSON.stringify(step)).join('\n') : text(profile),
    );
  } finally {
    engine.destroy();
  }
  return exitCodes.finished;
}

function text(profile: readonly ProfileStep[]): string {
  const tasks = Object.keys(profile[0].byTask);
  const rows = profile.map(({ step, sigma, spread, byTask }) => [
    String(step),
    sigma.toFixed(3),
    figure(spread),
    ...tasks.map((task) => byTask[task].toFixed(3)),
  ]);
  const columns = [say('report.step'), 'σ', say('report.spread'), ...tasks];
  return table(
    [columns, ...rows],
    columns.map((_, i) => i),
  );
}
