/** Names of settings, and what each does: one plain sentence, and what larger values mean. */
export const settings = {
  'setting.seed.label': 'Seed',
  'setting.seed.help': 'Same seed, same run: every random number follows from it.',
  'setting.iterations.label': 'Iterations',
  'setting.iterations.help': 'How often the six phases are gone through.',
  'setting.reward.label': 'Reward',
  'setting.reward.help': 'What the finished samples are judged by.',
  'setting.trees.label': 'Prompt groups',
  'setting.trees.help': 'Trees grown in each iteration, one per prompt group.',
  'setting.roots.label': 'Initial latents per group',
  'setting.roots.help':
    'How many different noise starts one prompt group has. A flat rollout is a group of many roots that never split again.',
  'setting.branchingFactor.label': 'Branching factor',
  'setting.branchingFactor.help': 'Children of every node at a split step.',
  'setting.splitSteps.label': 'Split steps',
  'setting.splitSteps.help':
    'Denoising steps at which nodes divide, for example 0,2,4,6. Early splits explore more.',
  'setting.branchIndependence.label': 'Branch independence',
  'setting.branchIndependence.help':
    'How much of a sibling’s noise is its own: siblings correlate by 1/(1+s²), so larger means less alike.',
  'setting.steps.label': 'Denoising steps',
  'setting.steps.help': 'Sampler steps from noise to data while training.',
  'setting.sampler.label': 'Sampler',
  'setting.sampler.help':
    'The stochastic step: Flow-SDE (Flow-GRPO), Dance-SDE (DanceGRPO, BranchGRPO), CPS, or the deterministic ODE.',
  'setting.noise.label': 'Noise level',
  'setting.noise.help': 'Strength of the sampler’s noise: more explores more and blurs more.',
  'setting.shift.label': 'Schedule shift',
  'setting.shift.help': 'Bends the noise levels towards noise; 1 is linear.',
  'setting.stochasticSteps.label': 'Stochastic steps',
  'setting.stochasticSteps.help':
    'Which steps are noisy and trained: all but the last, or only the split steps. The others are ODE steps.',
  'setting.fusion.label': 'Reward fusion',
  'setting.fusion.help':
    'How an inner node’s value is gathered from its leaves: plain mean, or weighted by path probability.',
  'setting.fusionSharpness.label': 'Fusion sharpness',
  'setting.fusionSharpness.help':
    'Power of the path probability in path-weighted fusion; 0 is the plain mean.',
  'setting.advantage.label': 'Advantage',
  'setting.advantage.help':
    'Depth: fused rewards are normalised among the nodes of one depth. Group: leaf rewards are normalised once and averaged upwards.',
  'setting.advantageScope.label': 'Normalised within',
  'setting.advantageScope.help':
    'Whether mean and spread are taken within one tree or over all trees of the iteration.',
  'setting.advantageBound.label': 'Advantage bound',
  'setting.advantageBound.help': 'Advantages are clamped to ± this value.',
  'setting.learningRate.label': 'Learning rate',
  'setting.learningRate.help': 'Step size of AdamW.',
  'setting.learningRateDecay.label': 'Learning rate decay',
  'setting.learningRateDecay.help':
    'Share of the learning rate that is given up evenly over the run: 0 keeps it, 1 ends at zero.',
  'setting.referenceWeight.label': 'Reference weight',
  'setting.referenceWeight.help':
    'How strongly the policy is held to the reference it started from; 0 lets go.',
  'setting.referenceTerm.label': 'Reference term',
  'setting.referenceTerm.help':
    'KL: the exact divergence of the two Gaussian steps. Velocity: squared distance of the velocities.',
  'setting.referenceSteps.label': 'Reference steps',
  'setting.referenceSteps.help':
    'Where the policy is held to the reference: at the stochastic steps, which are trained, or also at the deterministic ones, on one path per tree. What all samples of a group share earns no advantage and otherwise drifts there unnoticed.',
  'setting.clip.label': 'Clip width',
  'setting.clip.help':
    'A sample whose probability ratio has moved beyond 1 ± c in its own favour is not pushed further.',
  'setting.updates.label': 'Updates per iteration',
  'setting.updates.help':
    'Optimiser steps per iteration, each on its share of the trees; with one, the ratio is always exactly 1.',
  'setting.logProbReduction.label': 'Log-prob',
  'setting.logProbReduction.help':
    'Summed over the dimensions of a sample (tiny samples) or averaged (images).',
  'setting.weightDecay.label': 'Weight decay',
  'setting.weightDecay.help': 'AdamW’s pull of the weights towards zero.',
  'setting.maxGradientNorm.label': 'Gradient bound',
  'setting.maxGradientNorm.help': 'A gradient longer than this is scaled down to it.',
  'setting.trainedWeights.label': 'Trained weights',
  'setting.trainedWeights.help':
    'All weights, the transformer blocks with their embeddings but nothing that touches pixels (so that no faint pattern drifts into pictures), or low-rank changes of the blocks (LoRA).',
  'setting.loraRank.label': 'LoRA rank',
  'setting.loraRank.help': 'Rank of the low-rank changes; only LoRA uses it. More can change more.',
  'setting.evaluationSteps.label': 'Evaluation steps',
  'setting.evaluationSteps.help': 'ODE steps of the samples that the metrics are taken on.',
  'setting.evaluationSamples.label': 'Evaluation samples',
  'setting.evaluationSamples.help': 'How many fresh samples an evaluation draws.',
  'setting.evaluationInterval.label': 'Evaluate every',
  'setting.evaluationInterval.help': 'Iterations between two evaluations.',
} as const;
