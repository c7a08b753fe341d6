/**
 * The one table of random streams. All noise is a function of (seed, stream, index), so two uses of one seed are
 * independent exactly where their streams differ; who needs noise of its own takes a new number here. Numbers are for
 * ever: another one is another run. The larger ones are their first letters in ASCII.
 */
export const streams = {
  /** Made-up inputs of the start-up self-check. */
  selfCheck: 0,
  /** Samples that a run evaluates itself on. */
  evaluation: 1,
  /** Samples drawn beside a run: of prompts that someone asks, and of measurements, which have seeds of their own. */
  besideRun: 2,
  pointsData: 0x64617461,
  pictureData: 0x70696374,
  flowMatching: 0x666c6f77,
  initialWeights: 0x77656967,
  pretraining: 0x70726574,
  progressivePath: 0x70617468,
  pictureScore: 0x73636f72,
  policyMeasure: 0x6d656173,
} as const;

export type Stream = (typeof streams)[keyof typeof streams];
