/** What sessions and workers say: progress of a start, what stopped a run, and why the GPU is not used. */
export const session = {
  'progress.fetchingPolicy': 'Fetching the policy',
  'progress.readingPolicy': 'Reading the policy',
  'progress.openingGpu': 'Opening the GPU',
  'progress.checkingGpu': 'Checking the GPU against the CPU',
  'progress.compilingShaders': 'Compiling shaders',
  'progress.startingOrtOnGpu': 'Starting ONNX Runtime on the GPU',
  'progress.checkingNetwork': 'Checking the network against the CPU',
  'progress.startingCpu': 'Starting the CPU engine',
  'progress.samplingReference': 'Sampling the reference',
  'progress.ready': 'Ready',
  'progress.goingOnWithCpu': '{{reason}} Going on with the CPU tier',
  'progress.profiling': 'Measuring where exploration pays',
  'progress.profiled': 'Measured where exploration pays',

  'machine.softwareOnly':
    'The only WebGPU adapter here is software: it computes on the CPU, more slowly than the CPU tier.',
  'check.network': 'network, {{name}}',
  'check.networkAgainstOrt': 'network, {{name}}, against ONNX Runtime',
  'check.forward': 'forward',
  'check.gradient': 'gradient',
  'check.failed': '{{name}}: off by {{error}} where {{tolerance}} is allowed',

  'error.selfCheck': 'This GPU does not compute what it should ({{problem}}).',
  'error.selfCheck.hint':
    'Nothing was changed. Choose the CPU engine; it computes the same without the GPU.',
  'error.gpuLost': 'The GPU was lost.',
  'error.gpuLost.hint':
    'The journal so far and the last checkpoint are kept. Open the run again, or choose the CPU engine.',
  'error.gpuLostBecause': 'The GPU was lost: {{reason}}',
  'error.gpuLostBecause.hint':
    'The journal so far and the last checkpoint are kept. Open the run again, or choose the CPU engine.',
  'error.noRunOpen': 'No run is open.',
  'error.noRunOpen.hint': 'Open a run first.',
  'error.runFailed': 'The run failed: {{reason}}',
  'error.policyNotFetched': '{{path}} could not be fetched.',
  'error.policyNotFetched.hint': 'Nothing was changed. Check the connection and try again.',
  'error.policyNotServed': '{{path}} could not be fetched (HTTP {{status}}).',
  'error.policyNotServed.hint': 'Nothing was changed. Check the connection and try again.',
  'error.policyNotThere': 'The policy public/models/{{file}} is not there.',
  'error.policyNotThere.hint': 'Make it with npm run pretrain.',
  'error.workerEnded': 'The training worker was ended.',
  'error.workerEnded.hint': 'The journal so far is kept.',
  'error.workerCrashed': 'The training worker crashed.',
  'error.workerCrashed.hint':
    'The journal so far is kept. Open the run again to start a fresh worker.',
  'error.workerCrashedBecause': 'The training worker crashed: {{reason}}',
  'error.workerCrashedBecause.hint':
    'The journal so far is kept. Open the run again to start a fresh worker.',
  'error.workerSilent': 'The training worker did not answer "{{call}}" for {{seconds}} seconds.',
  'error.workerSilent.hint':
    'The journal so far is kept. Wait and try again, or open the run again to start a fresh worker.',
} as const;
