// Σ g² in as many partial sums as there are workgroups (64). CPU twin: globalNorm in adamw.twin.ts.

struct SquaredNormSettings {
  // vec4s
  length: u32,
}

@group(0) @binding(0) var<uniform> settings: SquaredNormSettings;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
// one per workgroup
@group(0) @binding(2) var<storage, read_write> partialNorms: array<f32>;

const THREADS = 64u;

var<workgroup> sums: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  var sum = 0.0;
  for (var i = group.x * THREADS + thread; i < settings.length; i += groups.x * THREADS) {
    sum += dot(gradients[i], gradients[i]);
  }
  sums[thread] = sum;
  for (var stride = THREADS / 2u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (thread < stride) {
      sums[thread] += sums[thread + stride];
    }
  }
  if (thread == 0u) {
    partialNorms[group.x] = sums[0];
  }
}
