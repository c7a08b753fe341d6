/**
 * Refuses a Node that is too old, in one sentence. Loaded by `node -r` before everything else and written in the oldest
 * JavaScript, so that even a Node that cannot parse the other tools gets to say so.
 */
'use strict';

/** @param {string} version such as "20.19.2" @param {string} wanted such as ">=20.19" @returns {string} '' if it will do */
function problemWithNode(version, wanted) {
  var have = version.split('.').map(Number);
  var need = wanted.replace('>=', '').split('.').map(Number);
  if (have[0] > need[0] || (have[0] === need[0] && have[1] >= need[1])) return '';
  return 'Espalier needs Node ' + need.join('.') + ' or newer; this is Node ' + version + '.';
}

var problem = problemWithNode(process.versions.node, require('../package.json').engines.node);
if (problem) {
  console.error(problem);
  process.exit(1);
}

module.exports = { problemWithNode: problemWithNode };
