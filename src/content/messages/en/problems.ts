/** Parts of errors: what exactly does not fit. They stand inside a sentence or in the list below it. */
export const problems = {
  'setting.problem': '{{key}} must be {{range}}, not {{value}}.',
  'setting.splitStepsBelowSteps': 'splitSteps must lie below steps ({{steps}}), not {{last}}.',
  'setting.updatesAtMostTrees': 'updates must be at most trees ({{trees}}), not {{updates}}.',
  'setting.tooManyLeaves':
    'trees × roots × branchingFactor^splits must be at most {{most}} leaves, not {{leaves}}.',
  'range.integer': 'a whole number from {{min}} to {{max}}',
  'range.number': 'a number from {{min}} to {{max}}',
  'range.choice': 'one of {{options}}',
  'range.integerList':
    'ascending whole numbers from {{min}} to {{max}}, separated by commas, or "none"',
  'range.name': 'a name',

  'run.otherNumerics': 'This run was trained by another version of the CPU tier’s sums.',
  'run.otherNumerics.hint':
    'It goes on from its checkpoint, but not to the same last digits as the version that began it.',

  'prompt.end': 'the end of the prompt',

  'journal.begins': 'a journal begins with run-started',
  'journal.afterEnd': 'it comes after run-ended',
  'journal.oneRun': 'a journal holds one run',
  'journal.iterationOver': 'its iteration is over',
  'journal.wrongPhase': '{{expected}} of iteration {{iteration}} should be here',
  'journal.stochasticSteps': 'the stochastic steps of its plan are not steps in ascending order',
  'journal.latentsAndEstimates': 'it has both latents and estimates',
  'journal.latentsOfNodes': 'latents has length {{length}} for {{nodes}} nodes',
  'journal.length': '{{name}} has length {{length}}, not {{expected}}',
  'journal.stateVector': 'a vector of the state',
  'journal.tooManyUpdates': 'updates has length {{length}}, more than {{most}}',
  'journal.notSamples': '{{numbers}} numbers are not samples of {{dimensions}} dimensions',
  'journal.event': 'event {{index}}',
  'journal.eventOfType': 'event {{index}} ({{type}})',

  'file.cannotUnpack': 'it cannot be unpacked',
  'file.lengthsDisagree': 'its lengths disagree',
  'file.checksum': 'its checksum does not fit',
  'file.eventCutOff': 'an event is cut off',
  'file.eventsMissing': 'events are missing',
  'file.eventUnreadable': 'event {{index}} has no readable description',
  'file.eventUnknown': 'event {{index}} is of no known type',
  'file.eventProblem': 'event {{index}} ({{type}}): {{problem}}',
  'file.expected': '{{place}} should be {{expected}}',
  'file.anArray': 'a {{type}} array inside the file',
  'file.aNumber': 'a number',
  'file.aCount': 'a whole number of at least 0',
  'file.aText': 'a text',
  'file.aTextOrNumber': 'a text or a number',
  'file.aWord': 'one of {{words}}',
  'file.aList': 'a list',
  'file.anObject': 'an object',
} as const;
