// One sampler step: x' = c_x·x + c_v·v + std·z with branch noise z = (ξ₀ + s·η)/√(1+s²), and the edge's log-prob
// (docs/methods.md §2.1, §3.1, §4.2). CPU twin: samplerStep.twin.ts.
// After LANES, noise.wgsl, stepConstants.wgsl, lanes.wgsl and logProb.wgsl; LANES threads per child.

struct SamplerStepSettings {
  step: u32,
  // first parent of this dispatch, counted from the depth's first node
  firstRow: u32,
  rows: u32,
  dimensions: u32,
  // 1/√(1+s²) and s/√(1+s²); 0 and 1 where nodes have one child
  sharedWeight: f32,
  ownWeight: f32,
  // always 0; hides from the compiler that x' is the number just computed
  zero: u32,
}

@group(0) @binding(0) var<uniform> settings: SamplerStepSettings;
@group(0) @binding(1) var<uniform> steps: array<StepConstants, MAX_STEPS>;
// of this dispatch's parents [rows, D]
@group(0) @binding(2) var<storage, read> velocities: array<f32>;
// [nodes]
@group(0) @binding(3) var<storage, read> keys: array<vec2u>;
// [nodes, D]
@group(0) @binding(4) var<storage, read_write> latents: array<f32>;
// [nodes]
@group(0) @binding(5) var<storage, read_write> logProbs: array<f32>;

fn branchNoise(parentKey: vec2u, childKey: vec2u, pair: u32) -> vec2f {
  var z = settings.ownWeight * normalPair(childKey, pair, STREAM_OWN);
  if (settings.sharedWeight > 0.0) {
    z += settings.sharedWeight * normalPair(parentKey, pair, STREAM_SHARED);
  }
  return z;
}

// Writes one latent element and gives (x' - μ)² of what was written.
fn advance(step: StepConstants, fromElement: u32, toElement: u32, v: f32, z: f32) -> f32 {
  let mean = stepMean(step, latents[fromElement], v);
  let next = fma(step.standardDeviation, z, mean);
  latents[toElement] = next;
  let distance = bitcast<f32>(bitcast<u32>(next) ^ settings.zero) - mean;
  return distance * distance;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let step = steps[settings.step];
  let d = settings.dimensions;
  let child = (group.y * groups.x + group.x) * (THREADS / LANES) + thread / LANES;
  let row = child / step.childrenPerNode;
  let parentNode = step.firstNode + settings.firstRow + row;
  let childNode = step.firstChild + settings.firstRow * step.childrenPerNode + child;
  var squares = 0.0;
  if (row < settings.rows) {
    for (var pair = thread % LANES; 2u * pair < d; pair += LANES) {
      var z = vec2f(0.0);
      if (step.standardDeviation > 0.0) {
        z = branchNoise(keys[parentNode], keys[childNode], pair);
      }
      for (var i = 2u * pair; i < min(d, 2u * pair + 2u); i++) {
        let v = velocities[row * d + i];
        squares += advance(step, parentNode * d + i, childNode * d + i, v, z[i & 1u]);
      }
    }
  }
  let sum = sumOverLanes(squares, thread);
  if (row < settings.rows && thread % LANES == 0u) {
    logProbs[childNode] = select(0.0, logProbOf(step, sum), step.standardDeviation > 0.0);
  }
}
