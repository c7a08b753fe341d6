/**
 * Counter-based noise: every random number is a function of (key, counter), so a tree's noise does not depend on the
 * order in which its nodes are grown, nor on the machine. This is the CPU twin of noise.wgsl.
 *
 * Words: Threefry-2×32, 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 * Gaussian lanes: Box–Muller, z = √(−2 ln u)·(cos θ, sin θ), u on the open interval. Every operation is rounded to
 * float32 and built of + − × and integer operations only, so that the shader computes the same bits unless its
 * compiler contracts a·b + c. Polynomials: single-precision Cephes (Moshier), logf, sinf and cosf.
 *
 * Keys form paths: seed → (iteration, stream) → tree → root → child → child …; a node's key is a function of its path
 * alone. Tags keep the words drawn for keys apart from the words drawn for noise.
 */
import type { TreeShape } from '../../core/tree';
import { childrenAt, depthOffsets } from '../../core/tree';

/** Which of a node's noise vectors: its own η, the ξ₀ its children share, or its initial latent. */
export const NOISE_STREAM = { own: 0, shared: 1, initial: 2 } as const;

/** Second counter word when a key is derived; far from every NOISE_STREAM. */
const TAG = { tree: 0x74726565, root: 0x726f6f74, child: 0x6b696431, sample: 0x736d706c } as const;

const PARITY = 0x1bd11bda;

const words = new Uint32Array(2);

/** Writes the two words of one Threefry block into `words`. */
function block(key0: number, key1: number, counter0: number, counter1: number): void {
  const key2 = PARITY ^ key0 ^ key1;
  let x = (counter0 + key0) | 0;
  let y = (counter1 + key1) | 0;
  let before = key0;
  let injectedX = key1;
  let injectedY = key2;
  for (let group = 1; group <= 5; group++) {
    if (group & 1) {
      x = (x + y) | 0;
      y = ((y << 13) | (y >>> 19)) ^ x;
      x = (x + y) | 0;
      y = ((y << 15) | (y >>> 17)) ^ x;
      x = (x + y) | 0;
      y = ((y << 26) | (y >>> 6)) ^ x;
      x = (x + y) | 0;
      y = ((y << 6) | (y >>> 26)) ^ x;
    } else {
      x = (x + y) | 0;
      y = ((y << 17) | (y >>> 15)) ^ x;
      x = (x + y) | 0;
      y = ((y << 29) | (y >>> 3)) ^ x;
      x = (x + y) | 0;
      y = ((y << 16) | (y >>> 16)) ^ x;
      x = (x + y) | 0;
      y = ((y << 24) | (y >>> 8)) ^ x;
    }
    x = (x + injectedX) | 0;
    y = (y + injectedY + group) | 0;
    const next = before;
    before = injectedX;
    injectedX = injectedY;
    injectedY = next;
  }
  words[0] = x;
  words[1] = y;
}

/** Two random words (uint32) for a two-word key and a two-word counter. */
export function threefry2x32(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): [number, number] {
  block(key0, key1, counter0, counter1);
  return [words[0], words[1]];
}

type Key = readonly [number, number];

const derive = (key: Key, counter: number, tag: number): [number, number] =>
  threefry2x32(key[0], key[1], counter, tag);

const seedKey = (seed: number): [number, number] => [
  seed >>> 0,
  Math.floor(seed / 0x1_0000_0000) >>> 0,
];

/** Key of one tree. `stream` keeps rollouts of different purposes apart. */
export function treeKey(
  seed: number,
  iteration: number,
  stream: number,
  tree: number,
): [number, number] {
  return derive(derive(seedKey(seed), iteration, stream), tree, TAG.tree);
}

/** Key of one root of a tree. */
export const rootKey = (key: Key, root: number): [number, number] => derive(key, root, TAG.root);

/** Key of a node's `child`-th child. */
export const childKey = (parent: Key, child: number): [number, number] =>
  derive(parent, child, TAG.child);

/** Keys of all nodes of one iteration's forest in node order, two words each [nodes × 2]. */
export function forestKeys(
  shape: TreeShape,
  seed: number,
  iteration: number,
  stream = 0,
): Uint32Array {
  const offsets = depthOffsets(shape);
  const keys = new Uint32Array(offsets[shape.steps + 1] * 2);
  for (let tree = 0; tree < shape.trees; tree++) {
    const key = treeKey(seed, iteration, stream, tree);
    for (let root = 0; root < shape.roots; root++) {
      keys.set(rootKey(key, root), (tree * shape.roots + root) * 2);
    }
  }
  for (let depth = 0; depth < shape.steps; depth++) {
    const children = childrenAt(shape, depth);
    let child = offsets[depth + 1] * 2;
    for (let node = offsets[depth]; node < offsets[depth + 1]; node++) {
      for (let k = 0; k < children; k++, child += 2) {
        block(keys[node * 2], keys[node * 2 + 1], k, TAG.child);
        keys[child] = words[0];
        keys[child + 1] = words[1];
      }
    }
  }
  return keys;
}

/** Keys of `count` independent samples, two words each [count × 2]. */
export function sampleKeys(seed: number, stream: number, count: number): Uint32Array {
  const key = derive(seedKey(seed), stream, TAG.sample);
  const keys = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) keys.set(derive(key, i, TAG.sample), i * 2);
  return keys;
}

const f = Math.fround;
const TWO_TO_MINUS_23 = 1.1920928955078125e-7;
const TWO_TO_MINUS_25 = 2.98023223876953125e-8;
const LN2_HIGH = f(0.693359375);
const LN2_LOW = f(-2.1219444e-4);
const SQRT2 = f(1.41421356);
const HALF_PI = f(1.57079633);

const floatBits = new Float32Array(1);
const integerBits = new Uint32Array(floatBits.buffer);

/** ln(odd·2⁻²⁴) for an odd integer below 2²⁴, in float32. */
function logOfOdd(odd: number): number {
  const zeros = Math.clz32(odd);
  let exponent = f(7 - zeros);
  let m = f(f(odd << (zeros - 8)) * TWO_TO_MINUS_23);
  if (m > SQRT2) {
    m = f(m * f(0.5));
    exponent = f(exponent + f(1));
  }
  const x = f(m - f(1));
  const z = f(x * x);
  let p = f(7.0376836292e-2);
  p = f(f(p * x) + f(-1.151461031e-1));
  p = f(f(p * x) + f(1.167699874e-1));
  p = f(f(p * x) + f(-1.2420140846e-1));
  p = f(f(p * x) + f(1.4249322787e-1));
  p = f(f(p * x) + f(-1.6668057665e-1));
  p = f(f(p * x) + f(2.0000714765e-1));
  p = f(f(p * x) + f(-2.4999993993e-1));
  p = f(f(p * x) + f(3.3333331174e-1));
  p = f(f(p * x) * z);
  p = f(p + f(exponent * LN2_LOW));
  p = f(p - f(f(0.5) * z));
  return f(f(x + p) + f(exponent * LN2_HIGH));
}

/** √x for normal positive x in float32: Newton's iteration for 1/√x from the classical integer estimate. */
function squareRoot(x: number): number {
  floatBits[0] = x;
  integerBits[0] = 0x5f3759df - (integerBits[0] >>> 1);
  const half = f(f(0.5) * x);
  let y = floatBits[0];
  y = f(y * f(f(1.5) - f(half * f(y * y))));
  y = f(y * f(f(1.5) - f(half * f(y * y))));
  y = f(y * f(f(1.5) - f(half * f(y * y))));
  return f(x * y);
}

/** sin of an angle in [−π/4, π/4], float32. */
function sine(angle: number): number {
  const z = f(angle * angle);
  let p = f(f(f(-1.9515295891e-4) * z) + f(8.3321608736e-3));
  p = f(f(p * z) + f(-1.6666654611e-1));
  return f(f(f(p * z) * angle) + angle);
}

/** cos of an angle in [−π/4, π/4], float32. */
function cosine(angle: number): number {
  const z = f(angle * angle);
  let p = f(f(f(2.443315711809948e-5) * z) + f(-1.388731625493765e-3));
  p = f(f(p * z) + f(4.166664568298827e-2));
  return f(f(f(p * f(z * z)) - f(f(0.5) * z)) + f(1));
}

/**
 * Fills `out[offset … offset + count)` with standard normal numbers of one noise vector. Lanes 2p and 2p + 1 come from
 * the block with counter (p, stream), so a vector's first lanes do not depend on its length.
 */
export function normals(
  key0: number,
  key1: number,
  stream: number,
  count: number,
  out: Float32Array,
  offset: number,
): void {
  for (let i = 0; i < count; i += 2) {
    block(key0, key1, i >>> 1, stream);
    const radius = squareRoot(f(f(-2) * logOfOdd(((words[0] >>> 9) << 1) | 1)));
    const turn = f(f((((words[1] >>> 6) & 0xffffff) << 1) - 0xffffff) * TWO_TO_MINUS_25);
    const angle = f(turn * HALF_PI);
    const c = f(radius * cosine(angle));
    const s = f(radius * sine(angle));
    const quarter = words[1] >>> 30;
    const odd = (quarter & 1) === 1;
    const first = odd ? s : c;
    const second = odd ? c : s;
    out[offset + i] = quarter === 1 || quarter === 2 ? -first : first;
    if (i + 1 < count) out[offset + i + 1] = quarter >= 2 ? -second : second;
  }
}
