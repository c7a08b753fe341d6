import type { Settings } from '../../../src/config/properties';

/** Settings of the runs that page and terminal are compared by: small, but with every phase at work. */
export const settingsUnderTest: Partial<Settings> = {
  trees: 4,
  splitSteps: [0, 2],
  steps: 4,
  evaluationSamples: 64,
  evaluationSteps: 5,
  evaluationInterval: 2,
  referenceWeight: 0.1,
};

/** Of pictures, with depths and updates that are shared among cores. */
export const pictureSettings: Partial<Settings> = {
  trees: 4,
  steps: 5,
  evaluationSamples: 16,
  evaluationSteps: 2,
};
