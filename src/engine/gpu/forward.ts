/** The network alone on rows from outside, for views; training never goes through here. */
import { readFloats } from '../../gpu/buffers';
import type { VelocityRequest } from '../engine';
import type { EngineContext } from './context';

/** Velocities [rows, D] of the current policy. */
export async function runForward(
  context: EngineContext,
  { latents, sigmas, conditions }: VelocityRequest,
): Promise<Float32Array> {
  const { device, inputs, forward, forwardBatch, dimensions, conditionLength } = context;
  const velocities = new Float32Array(latents.length);
  const upload = (buffer: GPUBuffer, rows: Float32Array): void =>
    device.queue.writeBuffer(buffer, 0, rows as Float32Array<ArrayBuffer>);
  for (let first = 0; first < sigmas.length; first += forwardBatch) {
    const last = Math.min(sigmas.length, first + forwardBatch);
    upload(inputs.x, latents.subarray(first * dimensions, last * dimensions));
    upload(inputs.t, sigmas.subarray(first, last));
    if (conditions) {
      upload(inputs.cond, conditions.subarray(first * conditionLength, last * conditionLength));
    }
    const encoder = device.createCommandEncoder({ label: 'velocities' });
    const pass = encoder.beginComputePass();
    forward.encode(pass, last - first);
    pass.end();
    device.queue.submit([encoder.finish()]);
    const length = (last - first) * dimensions;
    velocities.set(await readFloats(device, forward.binding('v'), length), first * dimensions);
  }
  return velocities;
}
