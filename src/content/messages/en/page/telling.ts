/** What just happened: the sentence under the phases, notices, and what was being done when something went wrong. */
export const telling = {
  'count.leaves_one': '{{number}} leaf',
  'count.leaves_other': '{{number}} leaves',
  'count.iterations_one': '{{number}} iteration',
  'count.iterations_other': '{{number}} iterations',
  'count.trees_one': '{{number}} tree',
  'count.trees_other': '{{number}} trees',
  'count.updates_one': '{{number}} update',
  'count.updates_other': '{{number}} updates',
  'number.none': 'not a number',

  'told.scored': '{{leaves}} scored: mean {{mean}}, best {{best}}, worst {{worst}}.',
  'told.iteration':
    'Iteration {{iteration}} of {{iterations}} took {{time}}: mean reward {{mean}}, best {{best}}.',
  'told.policyAfter':
    'The policy as it was after {{iterations}}: {{weights}} weights, samples scored {{reward}}.',
  'told.reference': 'The policy still is the reference: {{weights}} weights, nothing learned yet.',
  'told.goesOn': 'The policy goes on from iteration {{iteration}}: {{weights}} weights.',
  'told.grown':
    '{{trees}} of {{leaves}} grown with {{evaluations}} network evaluations, {{perLeaf}} per leaf.',
  'told.root': 'Rewards climbed to the root, which is worth {{value}}.',
  'told.roots':
    'Rewards climbed to the roots: the best group is worth {{best}}, the poorest {{worst}}.',
  'told.alike': 'All rewards are alike, so every advantage is 0: nothing to learn here.',
  'told.advantages':
    'Advantages from {{least}} to {{most}}: {{up}} edges become likelier, {{down}} less likely.',
  'told.allKept': '{{kept}} of {{edges}} edges are trained.',
  'told.kept':
    '{{kept}} of {{edges}} edges are trained; {{rest}} rest: ODE steps, or no advantage.',
  'told.noUpdate': 'No edge had an advantage, so the weights stay as they were.',
  'told.updatedFreely':
    '{{updates}} made: gradient norm {{norm}}, {{clipped}} of the edges clipped.',
  'told.updated':
    '{{updates}} made: gradient norm {{norm}}, {{clipped}} of the edges clipped, KL {{reference}}.',

  'age.base': 'Base',
  'age.after': 'After {{iterations}}',
  'run.title': '{{scene}}, {{algorithm}}, {{iterations}}',

  'doing.drawing': 'Drawing: {{part}}',
  'doing.startingWorker': 'Starting the training worker',
  'doing.settingUp': 'Setting up the run',
  'doing.loading': 'Loading {{name}}',
  'doing.pausing': 'Pausing',
  'doing.ending': 'Ending the run',
  'doing.painting': 'Painting',
  'doing.readingWeights': 'Reading the weights',
  'doing.asking': 'Asking the policy',
  'doing.measuring': 'Measuring where exploration pays',
  'doing.training': 'Training',
  'doing.savingRun': 'Saving the run',
  'doing.savingPolicy': 'Saving the policy',
  'doing.opening': 'Opening {{name}}',
  'doing.openingTrained': 'Opening the trained policy',
  'doing.keeping': 'Keeping the run in this browser',
  'doing.lookingForRun': 'Looking for your last run',
  'doing.restoring': 'Restoring the last run',

  'notice.startAgain': 'Start again',
  'notice.chooseFile': 'Choose the file',
  'notice.lastRun': 'Your last run is still here.',
  'notice.lastRun.about': '{{run}}.',
  'notice.restore': 'Restore last run',
  'notice.forget': 'Forget it',
  'notice.longJournal': 'The journal has become very long.',
  'notice.longJournal.text':
    'Training is paused. Save the run if you want to keep it, then go on in a new journal.',
  'notice.goOn': 'Go on',
  'notice.painted': 'The reward is now what you paint.',
  'notice.painted.on':
    'Training goes on from iteration {{iteration}} with these weights. The run before is kept.',
  'notice.painted.run': 'Press Run, and the samples will move to where you painted.',
} as const;
