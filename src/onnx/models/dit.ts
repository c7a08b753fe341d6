/**
 * A diffusion transformer with adaLN-zero (Peebles & Xie 2023, "Scalable Diffusion Models with Transformers"), small
 * enough to train in a browser tab: the network of the picture scenes (docs/scenes.md §3, §4) and of docs/engine.md §1.
 *
 *   tokens = [prompt tokens; patches·W + b] + position
 *   e = W2·silu(W1·[sin t·f, cos t·f] + condition),   six modulations per block and two at the end from W·silu(e)
 *   block: h += gate1·attention(LN(h)·(1 + scale1) + shift1);  h += gate2·mlp(LN(h)·(1 + scale2) + shift2)
 *   v = head(LN(h)·(1 + scale) + shift), or with x0-prediction v = (x − head(…))/max(t, .05)
 *
 * Modulations and head start at zero, so the network starts as the constant 0.
 */
import { EspalierError } from '../../core/errors';
import { GraphBuilder } from '../builder';
import type { Graph } from '../graph';
import { velocityFromSample } from '../passes/velocity';
import { addCondition, type Condition } from './condition';
import {
  Initialiser,
  layerNorm,
  linear,
  type LinearOptions,
  type NormalSource,
  silu,
  timeFeatures,
} from './layers';

export interface DitOptions {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly patch: number;
  readonly dim: number;
  readonly blocks: number;
  readonly heads: number;
  /** Width of a block's MLP in multiples of `dim`. */
  readonly mlpRatio: number;
  readonly normal: NormalSource;
  readonly condition?: Condition;
  /** What the head predicts; the graph's output is a velocity either way. */
  readonly prediction?: 'v' | 'x0';
  /** Time features in all, half of them sines. */
  readonly timeFeatures?: number;
  readonly maxFrequency?: number;
  /** Modulations and head start at zero (the default); benchmarks and tests switch it off so that every path counts. */
  readonly zeroStart?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

const POSITION_DEVIATION = 0.1;

/** The builder, the weights and the sizes that every part of the network needs. */
class Dit {
  readonly builder = new GraphBuilder('dit');
  readonly source: Initialiser;
  readonly patches: number;
  readonly patchSize: number;

  constructor(readonly options: DitOptions) {
    const { channels, height, width, patch, dim, heads } = options;
    const features = options.timeFeatures ?? 64;
    if (height % patch !== 0 || width % patch !== 0 || dim % heads !== 0 || features % 2 !== 0) {
      throw new EspalierError('bad-setting', 'transformerSizes');
    }
    this.source = new Initialiser(options.normal);
    this.patches = (height / patch) * (width / patch);
    this.patchSize = channels * patch * patch;
  }

  linear(name: string, x: string, size: LinearOptions): string {
    return linear(this.builder, this.source, name, x, size);
  }

  reshape(x: string, shape: readonly number[]): string {
    return this.builder.add('Reshape', [x, this.builder.ints(shape)]);
  }

  /** [N, tokens, dim] as rows [N·tokens, dim]. */
  rows(x: string): string {
    return this.reshape(x, [-1, this.options.dim]);
  }

  /** Pictures [N, C, H, W] to rows of patches [N·patches, C·p·p]. */
  patchify(x: string): string {
    const { channels, height, width, patch } = this.options;
    const grid = this.reshape(x, [-1, channels, height / patch, patch, width / patch, patch]);
    const perm = [0, 2, 4, 1, 3, 5];
    return this.reshape(this.builder.add('Transpose', [grid], { perm }), [-1, this.patchSize]);
  }

  /** Rows of patches back to pictures; the inverse of `patchify`. */
  unpatchify(rows: string, output?: string): string {
    const { channels, height, width, patch } = this.options;
    const grid = this.reshape(rows, [-1, height / patch, width / patch, channels, patch, patch]);
    const pixels = this.builder.add('Transpose', [grid], { perm: [0, 3, 1, 4, 2, 5] });
    const shape = this.builder.ints([-1, channels, height, width]);
    return this.builder.add('Reshape', [pixels, shape], {}, output);
  }

  /** silu(e) [N, dim] of time and condition. */
  embedding(t: string, condition: string | null): string {
    const { dim, maxFrequency = 100 } = this.options;
    const features = this.options.timeFeatures ?? 64;
    const time = timeFeatures(this.builder, t, features / 2, maxFrequency);
    const joined = this.builder.add('Concat', time, { axis: 1 });
    const first = this.linear('time1', joined, { inputs: features, outputs: dim });
    const sum = condition === null ? first : this.builder.add('Add', [first, condition]);
    const second = this.linear('time2', silu(this.builder, sum), { inputs: dim, outputs: dim });
    return silu(this.builder, second);
  }

  /** `count` modulation vectors [N, 1, dim] from silu(e), all zero at the start. */
  modulations(name: string, embedding: string, count: number): string[] {
    const { dim, zeroStart = true } = this.options;
    const size = { inputs: dim, outputs: count * dim, zero: zeroStart };
    const joined = this.reshape(this.linear(name, embedding, size), [-1, count, dim]);
    return this.builder.addMany('Split', [joined], count, { axis: 1 });
  }

  /** LN(h)·(1 + scale) + shift as rows. */
  modulated(h: string, shift: string, scale: string): string {
    const factor = this.builder.add('Add', [scale, this.builder.scalar(1)]);
    const scaled = this.builder.add('Mul', [layerNorm(this.builder, h), factor]);
    return this.rows(this.builder.add('Add', [scaled, shift]));
  }

  /** h + gate·rows, with the rows back in the shape of h [N, tokens, dim]. */
  gated(h: string, gate: string, rows: string, tokens: number): string {
    const update = this.reshape(rows, [-1, tokens, this.options.dim]);
    return this.builder.add('Add', [h, this.builder.add('Mul', [update, gate])]);
  }

  /** Multi-head self-attention of rows [N·tokens, dim]: softmax(q·kᵀ/√d)·v per head, with an output projection. */
  attention(name: string, rows: string, tokens: number): string {
    const { builder, options } = this;
    const { dim, heads } = options;
    const joined = this.linear(`${name}.qkv`, rows, { inputs: dim, outputs: 3 * dim });
    const parted = this.reshape(joined, [-1, tokens, 3, heads, dim / heads]);
    const perHead = builder.add('Transpose', [parted], { perm: [2, 0, 3, 1, 4] });
    const [q, k, v] = builder.addMany('Split', [perHead], 3, { axis: 0 });
    const scaled = builder.add('Mul', [q, builder.scalar(1 / Math.sqrt(dim / heads))]);
    const keys = builder.add('Transpose', [k], { perm: [0, 1, 2, 4, 3] });
    const weights = builder.add('Softmax', [builder.add('MatMul', [scaled, keys])], { axis: -1 });
    const mixed = builder.add('MatMul', [weights, v]);
    const joinedHeads = builder.add('Transpose', [mixed], { perm: [0, 1, 3, 2, 4] });
    return this.linear(`${name}.out`, this.rows(joinedHeads), { inputs: dim, outputs: dim });
  }

  /** One transformer block on h [N, tokens, dim]. */
  block(name: string, h: string, embedding: string, tokens: number): string {
    const { dim, mlpRatio } = this.options;
    const hidden = dim * mlpRatio;
    const [shift1, scale1, gate1, shift2, scale2, gate2] = this.modulations(
      `${name}.modulation`,
      embedding,
      6,
    );
    const attended = this.attention(name, this.modulated(h, shift1, scale1), tokens);
    const middle = this.gated(h, gate1, attended, tokens);
    const first = this.linear(`${name}.mlp1`, this.modulated(middle, shift2, scale2), {
      inputs: dim,
      outputs: hidden,
    });
    const second = this.linear(`${name}.mlp2`, silu(this.builder, first), {
      inputs: hidden,
      outputs: dim,
    });
    return this.gated(middle, gate2, second, tokens);
  }

  /** Patch tokens behind the prompt tokens, each with a learned position: [N, tokens, dim]. */
  tokens(x: string, prompt: string | null, count: number): string {
    const { builder, options } = this;
    const size = { inputs: this.patchSize, outputs: options.dim };
    const embedded = this.linear('patch', this.patchify(x), size);
    const patches = this.reshape(embedded, [-1, this.patches, options.dim]);
    const all = prompt === null ? patches : builder.add('Concat', [prompt, patches], { axis: 1 });
    const weights = this.source.normals(count * options.dim, POSITION_DEVIATION);
    const position = builder.parameter('position', [count, options.dim], weights);
    return builder.add('Add', [all, position]);
  }

  /** The head's prediction as rows of patches [N·patches, C·p·p], from the tokens after the prompt. */
  head(h: string, embedding: string, promptTokens: number): string {
    const { builder, options } = this;
    const bounds = [[promptTokens], [promptTokens + this.patches], [1]];
    const kept =
      promptTokens === 0
        ? h
        : builder.add('Slice', [h, ...bounds.map((values) => builder.ints(values))]);
    const [shift, scale] = this.modulations('final.modulation', embedding, 2);
    const { dim, zeroStart = true } = options;
    const size = { inputs: dim, outputs: this.patchSize, zero: zeroStart };
    return this.linear('final.head', this.modulated(kept, shift, scale), size);
  }
}

/**
 * Inputs x [N, channels, height, width], t [N] and, with a condition, cond [N, size]; output v of x's shape. Throws
 * `bad-setting` for sizes that do not divide.
 */
export function buildDit(options: DitOptions): Graph {
  const dit = new Dit(options);
  const { builder } = dit;
  const { channels, height, width, dim, blocks, prediction = 'v' } = options;
  const x = builder.input('x', [-1, channels, height, width]);
  const t = builder.input('t', [-1]);
  const condition = options.condition
    ? addCondition(builder, dit.source, options.condition, dim)
    : { vector: null, tokens: null, tokenCount: 0 };
  const embedding = dit.embedding(t, condition.vector);
  const tokenCount = condition.tokenCount + dit.patches;
  let h = dit.tokens(x, condition.tokens, tokenCount);
  for (let index = 0; index < blocks; index++) {
    h = builder.scope(`block${index}`, () => dit.block(`block${index}`, h, embedding, tokenCount));
  }
  const rows = builder.scope('final', () => dit.head(h, embedding, condition.tokenCount));
  if (prediction === 'v') builder.output(dit.unpatchify(rows, 'v'));
  else builder.output(velocityFromSample(builder, { x, x0: dit.unpatchify(rows), t }, 'v'));
  const architecture = `dit ${dim}x${blocks}, patch ${options.patch}`;
  return builder.build({ architecture, prediction, ...options.metadata });
}
