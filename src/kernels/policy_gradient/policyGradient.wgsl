// From advantages to dL/dv: PPO-clip with a reference term, summed over siblings (algorithms.md §1.4, §2.0, §2.2).
//   L = Σ_e w·[max(-Aρ, -A·clip(ρ, 1-c, 1+c)) + β·R],  ρ = exp(logProb - old logProb)
// An edge after a deterministic step only has its reference term.
// CPU twin: policyGradient.twin.ts. After LANES, stepConstants.wgsl, lanes.wgsl and logProb.wgsl; LANES threads per row.

struct PolicyGradientSettings {
  // first row of this dispatch in `rows` and `rowStatistics`
  firstRow: u32,
  rows: u32,
  dimensions: u32,
  // largest number of children of any row
  maxChildren: u32,
  clip: f32,
  // β
  referenceWeight: f32,
  // 1: R = Σ (v - v_ref)²; 0: R = ½κ²·Σ (v - v_ref)², or its mean
  velocityTerm: u32,
}

struct RowStatistics {
  policyLoss: f32,
  referenceLoss: f32,
  ratioSum: f32,
  ratioDeviation: f32,
  clipped: f32,
  edges: f32,
  nonFinite: f32,
  reserved: f32,
}

@group(0) @binding(0) var<uniform> settings: PolicyGradientSettings;
@group(0) @binding(1) var<uniform> steps: array<StepConstants, MAX_STEPS>;
// (node, first child, children, step)
@group(0) @binding(2) var<storage, read> rows: array<vec4i>;
// of this dispatch's rows [rows, D]
@group(0) @binding(3) var<storage, read> velocities: array<f32>;
@group(0) @binding(4) var<storage, read> references: array<f32>;
// [nodes, D]
@group(0) @binding(5) var<storage, read> latents: array<f32>;
// [nodes]
@group(0) @binding(6) var<storage, read> logProbs: array<f32>;
// (advantage, weight) of the edge into each node
@group(0) @binding(7) var<storage, read> edges: array<vec2f>;
// dL/dv [rows, D]
@group(0) @binding(8) var<storage, read_write> dv: array<f32>;
@group(0) @binding(9) var<storage, read_write> rowStatistics: array<RowStatistics>;

const LOG_RATIO_LIMIT = 30.0;

// e^x for |x| <= 30, exactly 1 at 0 (single-precision Cephes, expf).
fn exponential(x: f32) -> f32 {
  let n = floor(x * 1.44269504 + 0.5);
  let r = x - n * 0.693359375 - n * -2.12194440e-4;
  var p = 1.9875691500e-4;
  p = p * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  return (p * (r * r) + r + 1.0) * bitcast<f32>(u32(i32(n) + 127) << 23u);
}

// By its bits: compilers may assume that NaN does not occur.
fn isFinite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let d = settings.dimensions;
  let lane = thread % LANES;
  let row = (group.y * groups.x + group.x) * (THREADS / LANES) + thread / LANES;
  let inside = row < settings.rows;
  let listed = rows[settings.firstRow + min(row, settings.rows - 1u)];
  let step = steps[u32(listed.w)];
  let own = row * d;
  let start = u32(listed.x) * d;
  let held = select(0u, u32(listed.z), inside);
  let children = select(0u, held, step.standardDeviation > 0.0);
  var statistics = RowStatistics();

  // 1. The reference term, once for all edges of the row; also what dv starts from.
  var weightSum = 0.0;
  for (var c = 0u; c < held; c++) {
    weightSum += edges[u32(listed.y) + c].y;
  }
  let referenceFactor = select(step.klFactor, 2.0, settings.velocityTerm == 1u);
  var referenceSquares = 0.0;
  if (inside) {
    for (var pair = lane; 2u * pair < d; pair += LANES) {
      for (var i = own + 2u * pair; i < own + min(d, 2u * pair + 2u); i++) {
        let difference = velocities[i] - references[i];
        referenceSquares += difference * difference;
        dv[i] = settings.referenceWeight * weightSum * referenceFactor * difference;
      }
    }
  }
  statistics.referenceLoss =
    weightSum * 0.5 * referenceFactor * sumOverLanes(referenceSquares, thread);

  // 2. Each edge: its log-prob under the current weights, then its share of dv.
  for (var c = 0u; c < settings.maxChildren; c++) {
    let node = u32(listed.y) + min(c, max(children, 1u) - 1u);
    let weight = select(0.0, edges[node].y, c < children);
    let trained = weight != 0.0;
    var squares = 0.0;
    if (trained) {
      for (var pair = lane; 2u * pair < d; pair += LANES) {
        for (var i = 2u * pair; i < min(d, 2u * pair + 2u); i++) {
          let distance =
            latents[node * d + i] - stepMean(step, latents[start + i], velocities[own + i]);
          squares += distance * distance;
        }
      }
    }
    let logProb = logProbOf(step, sumOverLanes(squares, thread));
    if (trained) {
      let advantage = edges[node].x;
      let logRatio = logProb - logProbs[node];
      let ratio = exponential(clamp(logRatio, -LOG_RATIO_LIMIT, LOG_RATIO_LIMIT));
      let clippedRatio = clamp(ratio, 1.0 - settings.clip, 1.0 + settings.clip);
      let clipped = -advantage * clippedRatio > -advantage * ratio;
      statistics.policyLoss -= weight * advantage * select(ratio, clippedRatio, clipped);
      statistics.ratioSum += ratio;
      statistics.ratioDeviation = max(statistics.ratioDeviation, abs(ratio - 1.0));
      statistics.clipped += select(0.0, 1.0, clipped);
      statistics.edges += 1.0;
      if (!isFinite(logRatio)) {
        statistics.nonFinite = 1.0;
      }
      let factor = select(-advantage * ratio * weight * step.gradientScale, 0.0, clipped);
      for (var pair = lane; 2u * pair < d; pair += LANES) {
        for (var i = 2u * pair; i < min(d, 2u * pair + 2u); i++) {
          let distance =
            latents[node * d + i] - stepMean(step, latents[start + i], velocities[own + i]);
          dv[own + i] += factor * distance;
        }
      }
    }
  }

  if (inside && lane == 0u) {
    if (!isFinite(statistics.policyLoss) || !isFinite(statistics.referenceLoss)) {
      statistics.nonFinite = 1.0;
    }
    rowStatistics[settings.firstRow + row] = statistics;
  }
}
