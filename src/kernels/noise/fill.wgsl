// Initial latents: rows of standard normal numbers, one key per row. CPU twin: normals in noise.twin.ts.
// After noise.wgsl; one thread per pair of lanes.

struct FillSettings {
  rows: u32,
  dimensions: u32,
  stream: u32,
}

@group(0) @binding(0) var<uniform> settings: FillSettings;
// [rows]
@group(0) @binding(1) var<storage, read> keys: array<vec2u>;
// [rows, D]
@group(0) @binding(2) var<storage, read_write> latents: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let pairs = (settings.dimensions + 1u) / 2u;
  let index = (group.y * groups.x + group.x) * 64u + thread;
  let row = index / pairs;
  if (row >= settings.rows) {
    return;
  }
  let pair = index % pairs;
  let z = normalPair(keys[row], pair, settings.stream);
  let at = row * settings.dimensions + 2u * pair;
  latents[at] = z.x;
  if (2u * pair + 1u < settings.dimensions) {
    latents[at + 1u] = z.y;
  }
}
