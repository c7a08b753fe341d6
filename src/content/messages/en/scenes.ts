/** Scenes: what they generate, what judges it, what is measured, what is seen and what can be asked for. */
export const scenes = {
  'scene.glyphs.title': 'Glyphs',
  'scene.glyphs.summary':
    'Short words drawn pixel by pixel. The policy misspells four letters in ten until RL teaches it to write.',
  'scene.sprites.title': 'Sprites',
  'scene.sprites.summary':
    'Small pictures of coloured shapes, asked for by count, colour and place. The base obeys little more than half of the prompts.',
  'scene.points/ring.title': 'Ring of eight',
  'scene.points/ring.summary':
    'Eight small clouds on a circle: easy to see which of them a reward keeps.',
  'scene.points/moons.title': 'Two moons',
  'scene.points/moons.summary': 'Two interlocking half circles.',
  'scene.points/checkerboard.title': 'Checkerboard',
  'scene.points/checkerboard.summary': 'Eight squares with sharp edges and nothing in between.',
  'scene.points/spiral.title': 'Spiral',
  'scene.points/spiral.summary': 'One thin arm, wound one and a half times.',
  'points.ring.place': 'the rightmost cloud',
  'points.ring.parts': 'the eight clouds',
  'points.ring.shape': 'a cloud’s centre',
  'points.moons.place': 'the top of the left moon',
  'points.moons.parts': 'the eight quarter moons',
  'points.moons.shape': 'the half circles',
  'points.checkerboard.place': 'the middle of the top right square',
  'points.checkerboard.parts': 'the eight squares',
  'points.checkerboard.shape': 'the squares',
  'points.spiral.place': 'the top of the spiral’s arm',
  'points.spiral.parts': 'eight equal stretches of the arm',
  'points.spiral.shape': 'the arm’s middle line',
  'reward.text.title': 'Text',
  'reward.text.summary':
    'How much of the word can be read: letters missing, wrong or too many cost their share.',
  'reward.exact.title': 'Exact word',
  'reward.exact.summary':
    '1 if the word reads exactly as asked on clean paper, else 0: a sparse reward.',
  'reward.mixed.title': 'Graded and strict',
  'reward.mixed.summary':
    'Half for what is right so far, half for everything being right: rises early and does not stop short.',
  'reward.graded.title': 'Graded',
  'reward.graded.summary':
    'Partial credit for every object, colour and relation, less for extra objects, stray pixels and faint patterns.',
  'reward.strict.title': 'Strict',
  'reward.strict.formula':
    '[objects, colours, count and relation right, no extras, junk ≤ 2, residual ≤ 0.2]',
  'reward.strict.summary':
    '1 if the picture shows exactly what was asked and nothing else, else 0: a sparse reward.',
  'reward.mode.title': 'One place',
  'reward.mode.summary':
    'Points are worth more the closer they come to {{place}}; the policy gives up the rest of the data.',
  'reward.half.title': 'Right half',
  'reward.half.summary':
    'The further right, the better, without end: with no reference term the points leave the data altogether.',
  'reward.landscape.title': 'Painted landscape',
  'reward.landscape.summary':
    'Paint where points should go. An unpainted plane is worth 0 everywhere, so there is nothing to learn yet.',
  'reward.landscape.formula': 'bilinear value of the painted grid at x, 0 outside it',
  'metric.exact.title': 'Exact words',
  'metric.exact.summary':
    'Share of samples that read exactly as asked, on words that were never trained on.',
  'metric.diversity.title': 'Diversity',
  'metric.diversity.summary':
    'Mean pixel distance between two samples of one prompt; 0 when they are all the same picture.',
  'metric.strict.title': 'Strict accuracy',
  'metric.strict.summary':
    'Share of samples that show exactly what was asked; two-object compositions are ones never trained on.',
  'metric.residual.title': 'Residual',
  'metric.residual.summary':
    'Mean distance of the pixels to the colours that they are taken for: 0 in a clean picture. It tells whether faint patterns or a drifting background build up.',
  'metric.strictTask.title': 'Strict: {{task}}',
  'metric.strictTask.summary':
    'Share of the samples of task "{{task}}" that show exactly what was asked.',
  'metric.entropy.title': 'Entropy',
  'metric.entropy.summary':
    'Entropy of the samples over 32 × 32 bins on [−4, 4]², in nats; it falls as they huddle together.',
  'metric.mmd2.title': 'MMD² to data',
  'metric.mmd2.summary':
    'Squared maximum mean discrepancy between samples and data (unbiased, at most {{points}} points each); near 0 when they cannot be told apart.',
  'metric.modes.title': 'Modes kept',
  'metric.modes.summary': 'How many of {{parts}} hold at least {{percent}} % of the samples.',
  'metric.onData.title': 'On the data',
  'metric.onData.summary': 'Share of samples within {{distance}} of {{shape}}.',
  'seen.noWord': 'reads nothing',
  'seen.word': 'reads {{word}}',
  'seen.sprite': 'a {{colour}} {{shape}}',
  'seen.objects': 'shows {{objects}}',
  'seen.objectsAndStray': 'shows {{objects}} and stray pixels',
  'seen.stray': 'shows stray pixels',
  'seen.nothing': 'shows nothing',
  'paper.ocrPrompts': 'its OCR prompts',
  'choice.count': 'Count',
  'choice.colour': 'Colour',
  'choice.shape': 'Shape',
  'choice.relation': 'Relation',
  'choice.secondColour': 'Second colour',
  'choice.secondShape': 'Second shape',
  'choice.anyColour': 'any colour',
  'choice.nothingElse': 'nothing else',
  'choice.letter': 'Letter {{number}}',
} as const;
