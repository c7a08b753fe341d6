// The words behind the noise, for the self-check: one Threefry block per key and counter. After noise.wgsl.
// CPU twin: threefry2x32 in noise.twin.ts.

struct Block {
  key: vec2u,
  counter: vec2u,
}

@group(0) @binding(0) var<storage, read> blocks: array<Block>;
@group(0) @binding(1) var<storage, read_write> words: array<vec2u>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&blocks)) {
    words[id.x] = threefry2x32(blocks[id.x].key, blocks[id.x].counter);
  }
}
