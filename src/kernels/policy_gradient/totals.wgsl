// Sums the row statistics of one update into the numbers that are read back. One workgroup.
// CPU twin: the totals of policyGradient.twin.ts.

struct TotalsSettings {
  rows: u32,
}

@group(0) @binding(0) var<uniform> settings: TotalsSettings;
// eight numbers per row, see RowStatistics in policyGradient.wgsl
@group(0) @binding(1) var<storage, read> rowStatistics: array<f32>;
// the first eight are written
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>;

const FIELDS = 8u;
const SLICES = 32u;
// these fields are maxima, the others sums
const RATIO_DEVIATION = 3u;
const NON_FINITE = 6u;

var<workgroup> partials: array<f32, FIELDS * SLICES>;

fn combine(field: u32, a: f32, b: f32) -> f32 {
  return select(a + b, max(a, b), field == RATIO_DEVIATION || field == NON_FINITE);
}

@compute @workgroup_size(FIELDS * SLICES)
fn main(@builtin(local_invocation_index) thread: u32) {
  let field = thread % FIELDS;
  var total = 0.0;
  for (var row = thread / FIELDS; row < settings.rows; row += SLICES) {
    total = combine(field, total, rowStatistics[row * FIELDS + field]);
  }
  partials[thread] = total;
  for (var stride = SLICES / 2u; stride > 0u; stride /= 2u) {
    workgroupBarrier();
    if (thread / FIELDS < stride) {
      partials[thread] = combine(field, partials[thread], partials[thread + stride * FIELDS]);
    }
  }
  if (thread < FIELDS) {
    statistics[field] = partials[field];
  }
}
