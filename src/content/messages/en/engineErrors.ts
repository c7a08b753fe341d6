/** What went wrong with an engine or its GPU. As in errors.ts, `error.NAME` has its advice in `error.NAME.hint`. */
export const engineErrors = {
  // Engines
  'error.engineNeedsGpu': 'This engine needs a WebGPU device, and there is none.',
  'error.engineNeedsGpu.hint': 'Nothing was changed. Choose the CPU engine.',
  'error.noOrtWebgpu':
    'ONNX Runtime’s WebGPU provider needs WebGPU and JavaScript promise integration, which this browser lacks.',
  'error.noOrtWebgpu.hint':
    'The WGSL plan and the CPU tier work without it; Chrome and Edge from version 137 have it.',
  'error.noNativeOrt':
    'The native engine needs the package onnxruntime-node, which is not installed.',
  'error.noNativeOrt.hint':
    'Install it with "npm install --no-save onnxruntime-node@1.30.0", or use the CPU engine.',
  'error.ortRefusesNetwork': 'onnxruntime cannot run this network: {{reason}}',
  'error.ortRefusesNetwork.hint': 'Nothing was changed. Choose another .onnx file.',
  'error.shardWorkerCrashed': 'A core’s worker of the CPU engine failed: {{reason}}',
  'error.shardWorkerCrashed.hint':
    'The weights are those of the last update. Continue from the last checkpoint; with fewer cores the numbers are the same.',
  'error.noNetworkInput': 'The network was given no "{{name}}".',

  // The GPU
  'error.noWebGpu': 'This environment has no WebGPU.',
  'error.noWebGpu.hint': 'The CPU tier runs everything without it.',
  'error.noAdapter': 'This browser has WebGPU, but offers no graphics adapter.',
  'error.noAdapter.hint': 'The CPU tier runs everything without it.',
  'error.softwareAdapter': 'The only WebGPU adapter here computes on the CPU.',
  'error.softwareAdapter.hint': 'The CPU tier is faster than that; force WebGPU to use it anyway.',
  'error.gpuTaken': 'The GPU was taken away while it was computing.',
  'error.gpuTaken.hint':
    'The run stops at its last complete iteration. Continue on the CPU engine, or reload to try the GPU again.',
  'error.gpuLostCompiling': 'The GPU device was lost while a shader was compiled.',
  'error.gpuLostCompiling.hint': 'Start again, or continue on the CPU tier.',
  'error.gpuRefused': 'The GPU refused a command, so its results are not to be trusted.',
  'error.gpuRefused.hint':
    'Continue on the CPU engine. This is a defect of the program or of the GPU driver.',
  'error.gpuClosed': 'The GPU engine was closed while it was computing.',
  'error.gpuClosed.hint': 'Nothing was kept of that request.',
  'error.gpuBufferTooLarge':
    'This run needs {{needed}} MB in one GPU buffer ({{name}}); this GPU allows {{most}} MB.',
  'error.gpuBufferTooLarge.hint':
    'Nothing was changed. Use fewer trees or leaves, or the CPU engine.',
  'error.tooManySteps': "{{steps}} sampler steps are more than the GPU's table holds ({{most}}).",
  'error.tooManySteps.hint': 'Use fewer steps, or the CPU tier.',

  // Shaders and plans
  'error.shader': 'The shader "{{label}}" does not compile: {{reason}}',
  'error.shader.hint':
    'Another tier can run instead; this is a defect of the program or of the GPU driver.',
  'error.kernelBuffers':
    'The buffers given to the kernel "{{label}}" do not fit its bindings ({{problems}}).',
  'error.kernelBuffers.hint': 'This is a defect of the program.',
  'error.planBuffers': 'The plan "{{label}}" cannot use the buffers given to it: {{problems}}.',
  'error.planBuffers.hint':
    'Offsets are multiples of 256 bytes, sizes hold the largest batch, outputs have buffers of their own.',
  'error.planBufferTooLarge':
    '"{{label}}" needs a buffer of {{bytes}} bytes; this GPU allows {{most}}.',
  'error.planBufferTooLarge.hint': 'A batch smaller than {{batch}} needs less.',
  'error.noPlanBinding': 'The plan "{{label}}" has no input or output "{{name}}".',
  'error.planBatch': 'The plan "{{label}}" runs 1 to {{most}} samples at once, not {{batch}}.',

  'shader.line': '{{place}} {{message}} in "{{line}}"',
  'binding.missing': 'missing: {{name}}',
  'binding.unknown': 'unknown: {{name}}',
  'binding.neither': '"{{name}}" is neither an input nor an output',
  'binding.misaligned': '"{{name}}" starts at byte {{offset}}',
  'binding.tooSmall': '"{{name}}" has {{bytes}} bytes instead of {{needed}}',
  'binding.shared': 'an output lies in the buffer of an input',
} as const;
