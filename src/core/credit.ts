/**
 * Reward climbs the tree and comes back down as advantage (docs/methods.md §4.3, §4.4; BranchGRPO 2509.06040 §3).
 *
 * Fusion: r̄(n) = Σ_ℓ w_ℓ·r_ℓ over the leaves ℓ below n; uniform w_ℓ, or w_ℓ ∝ exp(β_f·log p(ℓ|n)) where log p(ℓ|n) is
 * the sum of the log-probs of the edges from n down to ℓ. Advantage: A(n) = (r̄(n) − mean)/std among the nodes of one
 * depth, clamped; the edge parent → n is trained with A(n).
 */
import { exp, log } from './math';
import { TreeIndex, childrenAt } from './tree';
import type { TreeShape } from './tree';

export const fusionKinds = ['uniform', 'path-weighted'] as const;

export interface FusionRule {
  readonly kind: (typeof fusionKinds)[number];
  /** β_f; only path-weighted fusion uses it. */
  readonly sharpness: number;
}

/**
 * Fused reward of every node [nodes] from the leaf rewards [leaves]. `logProbs` [nodes] are those of the edges into
 * each node.
 */
export function fuseRewards(
  shape: TreeShape,
  rewards: Float32Array,
  logProbs: Float32Array,
  rule: FusionRule,
): Float32Array {
  const { offsets } = new TreeIndex(shape);
  const total = offsets[shape.steps + 1];
  const fused = new Float64Array(total);
  fused.set(rewards, offsets[shape.steps]);
  const sharpness = rule.kind === 'uniform' ? 0 : rule.sharpness;
  // Log of the summed path weights below each node; 0 below a leaf.
  const mass = new Float64Array(total);
  for (let depth = shape.steps - 1; depth >= 0; depth--) {
    const count = childrenAt(shape, depth);
    for (let node = offsets[depth]; node < offsets[depth + 1]; node++) {
      const first = offsets[depth + 1] + (node - offsets[depth]) * count;
      let peak = -Infinity;
      for (let child = first; child < first + count; child++) {
        peak = Math.max(peak, sharpness * logProbs[child] + mass[child]);
      }
      let weightSum = 0;
      let rewardSum = 0;
      for (let child = first; child < first + count; child++) {
        const weight = sharpness === 0 ? 1 : exp(sharpness * logProbs[child] + mass[child] - peak);
        weightSum += weight;
        rewardSum += weight * fused[child];
      }
      fused[node] = rewardSum / weightSum;
      if (sharpness !== 0) mass[node] = peak + log(weightSum);
    }
  }
  return Float32Array.from(fused);
}

/** 'depth': normalise fused rewards per depth. 'group': normalise leaf rewards once, average them upwards. */
export const advantageKinds = ['depth', 'group'] as const;

/** Mean and spread within one tree, or over all trees of the iteration. */
export const advantageScopes = ['tree', 'batch'] as const;

export interface AdvantageRule {
  readonly kind: (typeof advantageKinds)[number];
  readonly scope: (typeof advantageScopes)[number];
  /** Advantages are clamped to ± bound. */
  readonly bound: number;
}

/** Below this spread all rewards count as equal: the advantage is 0, not noise blown up (docs/methods.md §4.4). */
export const smallestSpread = 1e-6;

/** Replaces values[i] (i in [first, first+count)) by (value − mean)/std, unbiased, or by 0 if they are all equal. */
function normaliseRange(values: Float64Array, first: number, count: number): void {
  let mean = 0;
  for (let i = first; i < first + count; i++) mean += values[i];
  mean /= count;
  let squares = 0;
  for (let i = first; i < first + count; i++) squares += (values[i] - mean) * (values[i] - mean);
  const std = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  for (let i = first; i < first + count; i++) {
    values[i] = std < smallestSpread ? 0 : (values[i] - mean) / std;
  }
}

/** Normalises the nodes of one depth, tree by tree or all together. */
function normaliseDepth(
  values: Float64Array,
  shape: TreeShape,
  index: TreeIndex,
  depth: number,
  scope: AdvantageRule['scope'],
): void {
  const first = index.offsets[depth];
  if (scope === 'batch') {
    normaliseRange(values, first, index.offsets[depth + 1] - first);
    return;
  }
  const width = index.widths[depth];
  for (let tree = 0; tree < shape.trees; tree++) {
    normaliseRange(values, first + tree * width, width);
  }
}

/** Advantage of the edge into every node [nodes] from the fused rewards [nodes]; 0 for roots' missing edges too. */
export function setAdvantages(
  shape: TreeShape,
  fusedRewards: Float32Array,
  rule: AdvantageRule,
): Float32Array {
  const index = new TreeIndex(shape);
  const values = Float64Array.from(fusedRewards);
  if (rule.kind === 'depth') {
    for (let depth = 1; depth <= shape.steps; depth++) {
      normaliseDepth(values, shape, index, depth, rule.scope);
    }
  } else {
    normaliseDepth(values, shape, index, shape.steps, rule.scope);
    averageUpwards(values, shape, index);
  }
  values.fill(0, 0, index.offsets[1]);
  return Float32Array.from(values, (v) => Math.min(rule.bound, Math.max(-rule.bound, v)));
}

function averageUpwards(values: Float64Array, shape: TreeShape, index: TreeIndex): void {
  for (let depth = shape.steps - 1; depth >= 1; depth--) {
    const count = childrenAt(shape, depth);
    for (let node = index.offsets[depth]; node < index.offsets[depth + 1]; node++) {
      const first = index.offsets[depth + 1] + (node - index.offsets[depth]) * count;
      let sum = 0;
      for (let child = first; child < first + count; child++) sum += values[child];
      values[node] = sum / count;
    }
  }
}
