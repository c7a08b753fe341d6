// From advantages to dL/dv: PPO-clip with a reference term, summed over siblings (docs/methods.md §3.2–3.4).
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

// One row of this dispatch, and the thread that works on it.
struct Row {
  step: StepConstants,
  // place of the row's first element in velocities, references and dv, and of its parent's in latents
  own: u32,
  start: u32,
  firstChild: u32,
  thread: u32,
  lane: u32,
}

// 1. The reference term, once for all edges of the row; also what dv starts from. Returns the row's part of the loss.
fn referenceLoss(row: Row, inside: bool, held: u32) -> f32 {
  let d = settings.dimensions;
  var weightSum = 0.0;
  for (var c = 0u; c < held; c++) {
    weightSum += edges[row.firstChild + c].y;
  }
  let factor = select(row.step.klFactor, 2.0, settings.velocityTerm == 1u);
  var squares = 0.0;
  if (inside) {
    for (var pair = row.lane; 2u * pair < d; pair += LANES) {
      for (var i = row.own + 2u * pair; i < row.own + min(d, 2u * pair + 2u); i++) {
        let difference = velocities[i] - references[i];
        squares += difference * difference;
        dv[i] = settings.referenceWeight * weightSum * factor * difference;
      }
    }
  }
  return weightSum * 0.5 * factor * sumOverLanes(squares, row.thread);
}

// x' - μ in dimension i of the edge into `node`, under the current weights.
fn distanceOf(row: Row, node: u32, i: u32) -> f32 {
  let mean = stepMean(row.step, latents[row.start + i], velocities[row.own + i]);
  return latents[node * settings.dimensions + i] - mean;
}

// 2. The log-prob of the edge into `node` under the current weights, given to every lane.
fn edgeLogProb(row: Row, node: u32, trained: bool) -> f32 {
  let d = settings.dimensions;
  var squares = 0.0;
  if (trained) {
    for (var pair = row.lane; 2u * pair < d; pair += LANES) {
      for (var i = 2u * pair; i < min(d, 2u * pair + 2u); i++) {
        let distance = distanceOf(row, node, i);
        squares += distance * distance;
      }
    }
  }
  return logProbOf(row.step, sumOverLanes(squares, row.thread));
}

// 3. The clipped loss of a trained edge, added to the row's statistics; returns the factor of x' - μ in dv.
fn clippedLoss(
  statistics: ptr<function, RowStatistics>,
  row: Row,
  node: u32,
  logProb: f32,
) -> f32 {
  let advantage = edges[node].x;
  let weight = edges[node].y;
  let logRatio = logProb - logProbs[node];
  let ratio = exponential(clamp(logRatio, -LOG_RATIO_LIMIT, LOG_RATIO_LIMIT));
  let clippedRatio = clamp(ratio, 1.0 - settings.clip, 1.0 + settings.clip);
  let clipped = -advantage * clippedRatio > -advantage * ratio;
  (*statistics).policyLoss -= weight * advantage * select(ratio, clippedRatio, clipped);
  (*statistics).ratioSum += ratio;
  (*statistics).ratioDeviation = max((*statistics).ratioDeviation, abs(ratio - 1.0));
  (*statistics).clipped += select(0.0, 1.0, clipped);
  (*statistics).edges += 1.0;
  if (!isFinite(logRatio)) {
    (*statistics).nonFinite = 1.0;
  }
  return select(-advantage * ratio * weight * row.step.gradientScale, 0.0, clipped);
}

// 4. The edge's share of dv.
fn addGradient(row: Row, node: u32, factor: f32) {
  let d = settings.dimensions;
  for (var pair = row.lane; 2u * pair < d; pair += LANES) {
    for (var i = 2u * pair; i < min(d, 2u * pair + 2u); i++) {
      dv[row.own + i] += factor * distanceOf(row, node, i);
    }
  }
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let number = (group.y * groups.x + group.x) * (THREADS / LANES) + thread / LANES;
  let inside = number < settings.rows;
  let listed = rows[settings.firstRow + min(number, settings.rows - 1u)];
  let d = settings.dimensions;
  let row = Row(
    steps[u32(listed.w)],
    number * d,
    u32(listed.x) * d,
    u32(listed.y),
    thread,
    thread % LANES,
  );
  let held = select(0u, u32(listed.z), inside);
  let children = select(0u, held, row.step.standardDeviation > 0.0);
  var statistics = RowStatistics();
  statistics.referenceLoss = referenceLoss(row, inside, held);
  // As often for every row, because the sums over lanes have barriers in them.
  for (var c = 0u; c < settings.maxChildren; c++) {
    let node = row.firstChild + min(c, max(children, 1u) - 1u);
    let trained = c < children && edges[node].y != 0.0;
    let logProb = edgeLogProb(row, node, trained);
    if (trained) {
      addGradient(row, node, clippedLoss(&statistics, row, node, logProb));
    }
  }
  if (inside && row.lane == 0u) {
    if (!isFinite(statistics.policyLoss) || !isFinite(statistics.referenceLoss)) {
      statistics.nonFinite = 1.0;
    }
    rowStatistics[settings.firstRow + number] = statistics;
  }
}
