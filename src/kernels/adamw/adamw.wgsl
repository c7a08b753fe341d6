// One AdamW step with global-norm clipping (1711.05101, algorithm 2). CPU twin: adamw.twin.ts.
//   g ← g·min(1, limit/‖g‖);  w ← (1-ηλ)·w - η·m̂/(√v̂ + ε)
// A gradient or a loss that is not finite leaves everything as it is; the CPU reads that from `statistics`.

struct AdamwSettings {
  // vec4s
  length: u32,
  learningRate: f32,
  // 1 - ηλ
  keep: f32,
  beta1: f32,
  beta2: f32,
  complement1: f32,
  complement2: f32,
  epsilon: f32,
  // 1/(1-β₁ᵗ) and 1/(1-β₂ᵗ)
  correction1: f32,
  correction2: f32,
  maxGradientNorm: f32,
}

@group(0) @binding(0) var<uniform> settings: AdamwSettings;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
// of squaredNorm.wgsl [64]
@group(0) @binding(2) var<storage, read> partialNorms: array<f32>;
@group(0) @binding(3) var<storage, read_write> weights: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> firstMoment: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> secondMoment: array<vec4f>;
// [6]: losses were not finite (in); [8]: squared gradient norm, [9]: 1 if the step was taken (out)
@group(0) @binding(6) var<storage, read_write> statistics: array<f32>;

const THREADS = 64u;
const NON_FINITE = 6u;
const SQUARED_NORM = 8u;
const APPLIED = 9u;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  // 1. The global norm, by every thread anew: cheaper than another dispatch, and than a tree of barriers.
  var squaredNorm = 0.0;
  for (var i = 0u; i < THREADS; i++) {
    squaredNorm += partialNorms[i];
  }
  let finite = (bitcast<u32>(squaredNorm) & 0x7f800000u) != 0x7f800000u;
  let apply = finite && statistics[NON_FINITE] == 0.0;

  // 2. The step.
  let index = (group.y * groups.x + group.x) * THREADS + thread;
  if (apply && index < settings.length) {
    let norm = sqrt(squaredNorm);
    var scale = 1.0;
    if (norm > settings.maxGradientNorm) {
      scale = settings.maxGradientNorm / norm;
    }
    let g = gradients[index] * scale;
    let m = settings.beta1 * firstMoment[index] + settings.complement1 * g;
    let v = settings.beta2 * secondMoment[index] + settings.complement2 * (g * g);
    let direction =
      m * settings.correction1 / (sqrt(v * settings.correction2) + settings.epsilon);
    firstMoment[index] = m;
    secondMoment[index] = v;
    weights[index] = settings.keep * weights[index] - settings.learningRate * direction;
  }
  if (index == 0u) {
    statistics[SQUARED_NORM] = squaredNorm;
    statistics[APPLIED] = select(0.0, 1.0, apply);
  }
}
