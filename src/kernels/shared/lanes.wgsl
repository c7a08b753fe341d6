// LANES neighbouring threads of a workgroup of 64 work on one row; LANES is a power of two that the wrapper puts in
// front. One lane per row needs no barrier, which is what small rows want.

const THREADS = 64u;

var<workgroup> partialSums: array<f32, THREADS>;

// Sum over the row's lanes, given to every lane. To be called in uniform control flow.
fn sumOverLanes(value: f32, thread: u32) -> f32 {
  if (LANES == 1u) {
    return value;
  }
  let lane = thread % LANES;
  partialSums[thread] = value;
  for (var stride = LANES / 2u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (lane < stride) {
      partialSums[thread] += partialSums[thread + stride];
    }
  }
  workgroupBarrier();
  let sum = partialSums[thread - lane];
  workgroupBarrier();
  return sum;
}
