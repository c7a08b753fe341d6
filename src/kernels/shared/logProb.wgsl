// The one way to the mean of a step and to a log-prob, shared by the sampler step and its replay, so that unchanged
// weights give ratio 1. CPU twin: edgeLogProb in samplerStep.twin.ts.

// μ = c_x·x + c_v·v, with the same contraction wherever it is used.
fn stepMean(step: StepConstants, x: f32, v: f32) -> f32 {
  return fma(step.cv, v, step.cx * x);
}

// reduce_D[-(x'-μ)²/(2·std²) - log std - ½ log 2π] from Σ_D (x'-μ)².
fn logProbOf(step: StepConstants, squares: f32) -> f32 {
  return fma(-squares, step.exponentScale, step.logOffset);
}
