// What the kernels know of each sampler step; written by stepConstants.ts. Step d leads from depth d to depth d + 1.

const MAX_STEPS = 512;

struct StepConstants {
  sigma: f32,
  cx: f32,
  cv: f32,
  standardDeviation: f32,
  // 1/(2·std²), divided by D in the mean form
  exponentScale: f32,
  // -log std - ½ log 2π, times D in the sum form
  logOffset: f32,
  // c_v/std², divided by D in the mean form
  gradientScale: f32,
  // c_v²/(std²·D)
  klFactor: f32,
  // first node at depth d, and at depth d + 1
  firstNode: u32,
  firstChild: u32,
  // nodes of one tree at depth d
  nodesPerTree: u32,
  childrenPerNode: u32,
}
