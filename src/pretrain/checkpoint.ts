/**
 * Checkpoints of training: everything that is carried from step to step, with a fingerprint of what it belongs to, so
 * that training goes on only from a state of its own and then bit for bit.
 *
 *   uint32 length of the header │ header as JSON, padded to 4 bytes │ weights, average, moments as float32
 */
import { sha256 } from '../core/sha256';
import type { Training, TrainingState } from './pretrain';

interface Header {
  readonly fingerprint: string;
  readonly steps: number;
}

/** What a checkpoint belongs to: the same start and the same course. */
export function fingerprintOf(initialWeights: Float32Array, course: Training): string {
  const start = new Uint8Array(initialWeights.buffer, initialWeights.byteOffset).slice(
    0,
    initialWeights.byteLength,
  );
  return sha256(new TextEncoder().encode(`${sha256(start)} ${JSON.stringify(course)}`));
}

export function encodeCheckpoint(state: TrainingState, fingerprint: string): Uint8Array {
  const text = JSON.stringify({ fingerprint, steps: state.steps } satisfies Header);
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 4) * 4));
  const vectors = [state.weights, state.average, state.firstMoment, state.secondMoment];
  const size = 4 * state.weights.length;
  const bytes = new Uint8Array(4 + header.length + vectors.length * size);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  vectors.forEach((vector, index) => {
    const raw = new Uint8Array(vector.buffer, vector.byteOffset, size);
    bytes.set(raw, 4 + header.length + index * size);
  });
  return bytes;
}

/** The state in `bytes`, or null when it belongs to something else or is not whole. */
export function decodeCheckpoint(
  bytes: Uint8Array,
  fingerprint: string,
  length: number,
): TrainingState | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length < 4 ? 0 : view.getUint32(0, true);
  if (bytes.length !== 4 + headerLength + 16 * length) return null;
  const header = readHeader(new TextDecoder().decode(bytes.subarray(4, 4 + headerLength)));
  if (header?.fingerprint !== fingerprint) return null;
  // Copied by set: the slice of a Node buffer is no copy.
  const vector = (index: number): Float32Array => {
    const from = 4 + headerLength + index * 4 * length;
    const raw = new Uint8Array(4 * length);
    raw.set(bytes.subarray(from, from + raw.length));
    return new Float32Array(raw.buffer);
  };
  return {
    steps: header.steps,
    weights: vector(0),
    average: vector(1),
    firstMoment: vector(2),
    secondMoment: vector(3),
  };
}

function readHeader(text: string): Header | null {
  try {
    return JSON.parse(text) as Header;
  } catch {
    return null;
  }
}
