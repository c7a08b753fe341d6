// Adds the gradients of one micro-batch to the running total. CPU twin: accumulate in adamw.twin.ts.

struct AccumulateSettings {
  // vec4s
  length: u32,
  // 1: the first micro-batch, what is in `total` does not count
  first: u32,
}

@group(0) @binding(0) var<uniform> settings: AccumulateSettings;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> total: array<vec4f>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + thread;
  if (i >= settings.length) {
    return;
  }
  if (settings.first == 1u) {
    total[i] = gradients[i];
  } else {
    total[i] += gradients[i];
  }
}
