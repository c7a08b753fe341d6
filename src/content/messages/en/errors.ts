/**
 * What went wrong with what was asked for: settings, prompts, files, runs. `error.NAME` says what happened,
 * `error.NAME.hint` what was kept and what to do.
 */
export const errors = {
  // Settings and names
  'error.setting': '{{problem}}',
  'error.setting.hint': 'Nothing was changed.',
  'error.noSetting': 'There is no setting "{{name}}".',
  'error.noSetting.hint': 'Valid settings: {{valid}}.',
  'error.noAlgorithm': 'There is no algorithm "{{name}}".',
  'error.noAlgorithm.hint': 'Valid algorithms: {{valid}}.',
  'error.noScene': 'There is no scene "{{name}}".',
  'error.noScene.hint': 'Valid scenes: {{valid}}.',
  'error.noReward': 'Scene {{scene}} has no reward "{{reward}}".',
  'error.noReward.hint': 'Valid rewards: {{valid}}.',
  'error.treeNumbers': 'A tree needs whole numbers of at least 1.',
  'error.splitStepRange': 'Split step {{step}} is not one of the steps 0 to {{last}}.',
  'error.splitStepOrder': 'Split steps must be given once each, in ascending order.',

  // Prompts
  'error.notALetter': '"{{letter}}" is not a letter of this scene.',
  'error.notALetter.hint': 'Letters: {{letters}}.',
  'error.wordLength': '"{{word}}" has {{letters}} letters.',
  'error.wordLength.hint':
    'A word has {{shortest}} to {{longest}} letters, for example "CAT" or "RUSH".',
  'error.onlyFirstCounted': 'Only the first object can be counted.',
  'error.onlyFirstCounted.hint': 'Say "a" for the second.',
  'error.sameShape': 'The two objects need different shapes.',
  'error.sameShape.hint': 'Shapes: {{shapes}}.',
  'error.promptTooShort': 'The prompt ends too early.',
  'error.promptTooShort.hint': 'Expected: {{expected}}.',
  'error.wordDoesNotFit': '"{{found}}" does not fit here.',
  'error.wordDoesNotFit.hint': 'Expected: {{expected}}.',
  'error.promptsNotAsked': 'These prompts cannot be asked here.',
  'error.promptsNotAsked.hint': 'A scene with prompts takes 1 to {{most}} at a time.',

  // Run files
  'error.notOurFile': 'This is not an Espalier file.',
  'error.notOurFile.hint': 'Nothing was changed. Choose a file that Espalier saved.',
  'error.damagedFile': 'The file is damaged: {{problem}}.',
  'error.damagedFile.hint': 'Nothing was changed. Choose a file that Espalier saved.',
  'error.badJournal': 'The journal does not hold together: {{place}}: {{problem}}.',
  'error.badJournal.hint': 'Nothing was changed. Choose a file that Espalier saved.',
  'error.unusableFile': '{{problem}}',
  'error.unusableFile.hint': 'Nothing was changed. Choose a file that Espalier saved.',
  'error.cutOffFile': 'The file is cut off: it ends after {{bytes}} bytes.',
  'error.cutOffFile.hint': 'Nothing was changed. Copy or download the file again.',
  'error.newerFile':
    'The file has format version {{version}}; this Espalier reads versions up to {{known}}.',
  'error.newerFile.hint': 'Nothing was changed. Open the file with a newer Espalier.',

  // Training
  'error.otherPolicy': 'The run trained {{name}}, and {{given}} is another policy.',
  'error.otherPolicy.hint':
    'Nothing was changed. Training goes on only with the file {{name}} of SHA-256 {{sha256}}: in the terminal give it by --model; in the page open it, then the run again.',
  'error.otherTrainedWeights':
    'The run trained other weights of the policy ({{needed}}) than are to be trained now ({{given}}).',
  'error.otherTrainedWeights.hint':
    'Nothing was changed. Put the trained weights and the LoRA rank back to what the run had.',
  'error.rewardNotFinite': 'The reward "{{reward}}" of a leaf is not a finite number.',
  'error.rewardNotFinite.hint':
    'The weights are those of the last update. Lower the learning rate or the noise level, or go back to an earlier checkpoint.',
  'error.updateNotFinite': 'The update produced a number that is not finite.',
  'error.updateNotFinite.hint':
    'The weights are those before this update. Lower the learning rate or the noise level, or go back to an earlier checkpoint.',
  'error.checkpointLength':
    'The checkpoint holds {{held}} weights, but this policy has {{weights}}.',
  'error.checkpointLength.hint':
    'The run was not changed. Open the checkpoint with the policy it was made for.',
  'error.checkpointNotFinite': 'The checkpoint holds numbers that are not finite ({{vector}}).',
  'error.checkpointNotFinite.hint': 'The run was not changed. Go back to an earlier checkpoint.',
  'error.noRecipe': 'There is no recipe for "{{scene}}".',
  'error.noRecipe.hint': 'Policies that can be made: {{valid}}.',
  'error.noPictureRecipe': 'There is no picture recipe for "{{scene}}".',
  'error.noPictureRecipe.hint': 'Policies that can be made: {{valid}}.',
  'error.gradientNotFinite': 'The gradient of step {{step}} is not finite.',
  'error.gradientNotFinite.hint': 'No file was written. Lower the learning rate.',
} as const;
