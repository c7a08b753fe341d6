/** Algorithms: their names, and one sentence that a newcomer understands. */
export const algorithms = {
  'algorithm.flow-grpo.title': 'Flow-GRPO',
  'algorithm.flow-grpo.summary':
    'Every sample starts from its own noise and is rolled out alone; rewards are compared within the prompt group.',
  'algorithm.branch-grpo.title': 'BranchGRPO',
  'algorithm.branch-grpo.summary':
    'Samples of a prompt grow as one tree: early steps are shared, and each depth gets its own advantage from the leaves below.',
} as const;
