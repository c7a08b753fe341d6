/** One node: what it is called, its facts, its formulas, and what there is to find out. */
export const nodes = {
  'node.root': 'Root',
  'node.initial': 'Initial latent {{place}} of {{count}}',
  'node.onlyLeaf': 'Leaf',
  'node.leaf': 'Leaf {{place}} of {{count}}',
  'node.onlyOne': 'Node at depth {{depth}}',
  'node.node': 'Node {{place}} of {{count}} at depth {{depth}}',
  'node.reward': 'reward',
  'node.fusedReward': 'fused reward',
  'node.value': '{{name}} {{value}}',
  'node.advantage': 'advantage {{value}}',

  'fact.depth': 'Depth',
  'fact.depthOf': '{{depth}} of {{steps}}',
  'fact.sigma': 'Noise level σ',
  'fact.latent': 'Latent x',
  'fact.logProb': 'Log-prob of its step',
  'fact.leaves': 'Leaves below',
  'fact.reward': 'Reward',
  'fact.fusedReward': 'Fused reward',
  'fact.advantage': 'Advantage',
  'fact.trained': 'Its edge is trained',
  'fact.trained.yes': 'yes',
  'fact.trained.ode': 'no: an ODE step has no log-prob',
  'fact.trained.held': 'no: an ODE step has no log-prob, but it is held to the reference',
  'fact.trained.zero': 'no: its advantage is 0',
  'fact.trained.pruned': 'no: pruned',

  'formula.ode': 'Step {{step}}: ODE',
  'formula.ode.meaning': '{{levels}} without noise, so there is nothing to make likelier.',
  'formula.sde': 'Step {{step}}: SDE',
  'formula.sde.meaning': '{{levels}}; v is the policy’s, z the noise that was drawn.',
  'formula.sde.noise': '|z| = {{length}}, from log p = {{logProb}}',
  'formula.fused': 'Fused reward',
  'formula.fused.mean': 'r̄ = mean of the leaves’ rewards below',
  'formula.fused.weighted': 'r̄ = Σ w·r,  w ∝ exp(β_f·log p of the path)',
  'formula.fused.rewards': 'rewards {{rewards}}',
  'formula.fused.oneLeaf': 'One leaf is below, so its reward is the value here.',
  'formula.fused.likelier':
    'Leaves on likelier paths count more (β_f = {{sharpness}}); their plain mean is {{mean}}.',
  'formula.advantage': 'Advantage',
  'formula.advantage.mean': 'A = mean of the leaves’ advantages below',
  'formula.advantage.spread': 'A = (r̄ − mean) / std',
  'formula.advantage.inner':
    'Leaf rewards were normalised over {{among}} once; inner nodes take the mean.',
  'formula.advantage.alone': 'There is no other node to compare with.',
  'formula.advantage.same': 'The {{count}} {{who}} of {{among}} are worth the same.',
  'formula.advantage.among': 'Mean and spread of the {{count}} {{who}} of {{among}}.',
  'formula.advantage.bounded': '{{value}}, held at ±{{bound}}',
  'formula.thisTree': 'this tree',
  'formula.allTrees': 'all trees',
  'formula.leaves': 'leaves',
  'formula.nodesAt': 'nodes at depth {{depth}}',

  'inspector.parent': 'parent',
  'inspector.child': 'child',
  'inspector.leave': 'Leave the node',
  'inspector.empty':
    'Press a [node](term.node) of the tree to see its numbers and the formulas they went through.',
  'inspector.rollout':
    '**Rollout.** Noise is denoised step by step; at a [split step](term.splitStep) (×K) nodes divide.',
  'inspector.score': '**Score.** The reward judges every leaf.',
  'inspector.fuse':
    '**Fuse.** Rewards climb: a node is worth what the leaves below it are worth, its [fused reward](term.fusedReward).',
  'inspector.normalise':
    '**Normalise.** Compared with the others of its depth, each becomes an [advantage](term.advantage).',
  'inspector.prune': '**Prune.** Edges that cannot teach are left out.',
  'inspector.update': '**Update.** The weights make good steps likelier, bad ones less likely.',
  'term.node':
    'A latent after some denoising steps. The root is pure noise, a leaf is a finished sample.',
  'term.splitStep':
    'A step at which every node gets K children instead of one, each with noise of its own.',
  'term.fusedReward': 'A node’s value, gathered from the leaves below it.',
  'term.advantage':
    'The fused reward, minus the mean and divided by the spread of the nodes it is compared with. Above 0: make this step likelier.',
  'term.cleanEstimate':
    'x̂₀ = x − σ·v: the picture that the policy expects at the end of this latent’s way, if no more noise is added.',
} as const;
