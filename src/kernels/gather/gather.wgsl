// Network inputs from the stored tree: x, t = σ and the tree's condition of each row. CPU twin: gather.twin.ts.
// After stepConstants.wgsl; one thread per element of the longest row.

struct GatherSettings {
  // 1: rows come from `rows`; 0: they are the nodes at depth `step` from `firstRow` on
  listed: u32,
  step: u32,
  firstRow: u32,
  rows: u32,
  dimensions: u32,
  // elements of one condition; 0 where the network takes none
  conditionLength: u32,
}

@group(0) @binding(0) var<uniform> settings: GatherSettings;
@group(0) @binding(1) var<uniform> steps: array<StepConstants, MAX_STEPS>;
// (node, first child, children, step)
@group(0) @binding(2) var<storage, read> rows: array<vec4i>;
// [nodes, D]
@group(0) @binding(3) var<storage, read> latents: array<f32>;
// [trees, conditionLength]
@group(0) @binding(4) var<storage, read> conditions: array<f32>;
// [rows, D]
@group(0) @binding(5) var<storage, read_write> x: array<f32>;
// [rows]
@group(0) @binding(6) var<storage, read_write> t: array<f32>;
// [rows, conditionLength]
@group(0) @binding(7) var<storage, read_write> cond: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let length = max(settings.dimensions, settings.conditionLength);
  let index = (group.y * groups.x + group.x) * 64u + thread;
  let row = index / length;
  if (row >= settings.rows) {
    return;
  }
  let i = index % length;
  var step = settings.step;
  var node = steps[step].firstNode + settings.firstRow + row;
  if (settings.listed == 1u) {
    let listed = rows[settings.firstRow + row];
    step = u32(listed.w);
    node = u32(listed.x);
  }
  if (i < settings.dimensions) {
    x[row * settings.dimensions + i] = latents[node * settings.dimensions + i];
  }
  if (i < settings.conditionLength) {
    let tree = (node - steps[step].firstNode) / steps[step].nodesPerTree;
    cond[row * settings.conditionLength + i] = conditions[tree * settings.conditionLength + i];
  }
  if (i == 0u) {
    t[row] = steps[step].sigma;
  }
}
