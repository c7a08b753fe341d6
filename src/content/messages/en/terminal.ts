/** What only the terminal says: its help, its options and its tables. */
export const terminal = {
  'help.what': 'Espalier trains small flow models by reinforcement learning of branching trees.',
  'help.usage': 'Usage',
  'help.export.does':
    'writes the policy that the run trained, as an ONNX file with the weights of its last checkpoint',
  'help.profile.does':
    'prints by denoising step how much of the reward’s spread the noise of that step alone makes',
  'help.scenes': 'Scenes',
  'help.algorithms': 'Algorithms',
  'help.options': 'Options',
  'help.settings':
    'Settings (each also by --set key=value; what is not given comes from the scene and the algorithm)',
  'help.setting': '{{label}}: {{range}}; default {{initial}}.',
  'help.key': 'key {{key}}',
  'help.where':
    'The journal goes to --out, results to standard output, everything else to standard error.',
  'help.exitCode': 'Exit code',
  'help.exit.finished': 'done',
  'help.exit.failed': 'the run failed; --out holds its journal with the last good checkpoint',
  'help.exit.usage': 'an argument, setting or file is not usable; nothing was run',
  'help.exit.interrupted': 'interrupted; --out holds the journal so far with a checkpoint',
  'help.example': 'Example',
  'help.group.run': 'The run',
  'help.group.tree': 'The tree',
  'help.group.sampler': 'The sampler',
  'help.group.credit': 'Credit',
  'help.group.update': 'The update',
  'help.group.evaluation': 'Evaluation',

  'option.scene': 'What is generated and judged (list scenes); default points/ring.',
  'option.algorithm': 'How it is trained (list algorithms); default branch-grpo.',
  'option.set': 'One or more settings by their key, e.g. --set steps=12 noise=0.5.',
  'option.out': 'Write the journal to FILE, which the page can open.',
  'option.resume':
    'Continue from the last checkpoint of FILE with its scene, algorithm, policy and settings; flags change settings.',
  'option.model':
    'Train this ONNX policy instead of the scene’s own; of an export, the policy that the run began with.',
  'option.engine':
    'What computes: {{engines}}; default ort-wasm, the same numbers on every machine.',
  'option.cores':
    'Cores that the engine ort-wasm uses, 1 to {{cores}}; default what the machine has. The numbers are the same.',
  'option.json': 'Print one JSON object per event (or per list entry), without arrays.',
  'option.help': 'Print this text.',
  'option.version': 'Print the version.',

  'report.progress': 'iteration {{iteration}} of {{iterations}}',
  'report.cpuTier': 'CPU tier',
  'report.webgpuTier': 'WebGPU tier',
  'report.run':
    '{{scene}} · {{algorithm}} · reward {{reward}} · seed {{seed}} · {{tier}} ({{engine}})',
  'report.policy_one': '{{model}}, {{weights}} weights · {{count}} iteration · {{end}}',
  'report.policy_other': '{{model}}, {{weights}} weights · {{count}} iterations · {{end}}',
  'report.finished': 'finished',
  'report.stopped': 'stopped',
  'report.failed': 'failed',
  'report.cutOff': 'cut off',
  'report.first': 'first',
  'report.last': 'last',
  'report.evaluations': 'NFE   forward {{forward}} · gradient {{gradient}}',
  'report.time': 'Time  {{phases}}',
  'report.exported': '{{file}}: {{model}} after {{iterations}} iterations.',
  'report.step': 'step',
  'report.spread': 'reward spread',
} as const;
