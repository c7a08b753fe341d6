/**
 * `*.espalier` files: a journal as bytes.
 *
 *   magic     8 bytes   89 'ESPAL' 0D 0A, spoilt by any transfer that "corrects" text
 *   version   uint32    format version
 *   events    uint32    number of events
 *   plain     uint32    length of the frames before compression
 *   packed    uint32    length of what follows the header
 *   checksum  uint32    CRC-32 of version … packed and of what follows the header
 *   frames              deflate (RFC 1951); per event: uint32 header length, uint32 payload length, header, payload
 *
 * All numbers little-endian. A frame's header is JSON in which typed arrays are descriptors into its payload (codec.ts).
 * The frames of one journal are the same bytes everywhere; the packed bytes may differ between zlib builds. Magic and
 * version keep their place for ever, so that any version can tell a newer file from a broken one.
 */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import { Mismatch, PayloadWriter } from './codec';
import type { Codec, Frame, Json } from './codec';
import { checkJournal } from './consistency';
import { crc32 } from './crc32';
import type { EventType, JournalEvent } from './events';
import { formatVersion, migrate } from './migrations';
import { eventCodecs } from './schema';

const magic = new Uint8Array([0x89, 0x45, 0x53, 0x50, 0x41, 0x4c, 0x0d, 0x0a]);
const headerLength = magic.length + 5 * 4;

export interface FrameOptions {
  /** Sets all clock readings to 0: what is left is the same for two runs of one seed on the CPU tier. */
  readonly withoutClock?: boolean;
}

/** The uncompressed frames of a journal: same events, same bytes, on every platform. */
export function journalBytes(
  events: readonly JournalEvent[],
  options: FrameOptions = {},
): Uint8Array<ArrayBuffer> {
  return joined(events.flatMap((event) => frameParts(event, options)));
}

function frameParts(event: JournalEvent, { withoutClock = false }: FrameOptions): Uint8Array[] {
  const payload = new PayloadWriter();
  const codec = eventCodecs[event.type] as Codec<JournalEvent>;
  const timed = withoutClock ? { ...event, milliseconds: 0 } : event;
  const fields = codec.write(timed, payload) as Record<string, Json>;
  const header = new TextEncoder().encode(JSON.stringify({ type: event.type, ...fields }));
  return [words([header.length, payload.byteLength]), header, ...payload.parts];
}

/** The journal as the content of a file. */
export async function encodeJournal(
  events: readonly JournalEvent[],
): Promise<Uint8Array<ArrayBuffer>> {
  const frames = journalBytes(events);
  const packed = await pumped(frames, new CompressionStream('deflate-raw'), Infinity);
  const figures = words([formatVersion, events.length, frames.length, packed.length]);
  return joined([magic, figures, words([crc32(figures, packed)]), packed]);
}

/**
 * The journal in a file of this or an earlier version, checked field by field.
 * @throws EspalierError 'bad-file' (not one of ours, or damaged), 'cut-off-file', 'newer-file'
 */
export async function decodeJournal(bytes: Uint8Array): Promise<JournalEvent[]> {
  const { version, count, plain, packed } = readHeader(bytes);
  const frames = await pumped(packed, new DecompressionStream('deflate-raw'), plain).catch(() =>
    damaged(say('file.cannotUnpack')),
  );
  if (frames.length !== plain) damaged(say('file.lengthsDisagree'));
  const stored = migrate(splitFrames(frames, count), version);
  const events = stored.map(readEvent);
  checkRead(events);
  return events;
}

/** What a file holds is the file's fault, whatever is wrong with it. */
function checkRead(events: readonly JournalEvent[]): void {
  try {
    checkJournal(events);
  } catch (error) {
    if (error instanceof EspalierError && error.code === 'bad-file') throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw new EspalierError('bad-file', 'unusableFile', { problem });
  }
}

function damaged(problem: string): never {
  throw new EspalierError('bad-file', 'damagedFile', { problem });
}

function readHeader(bytes: Uint8Array) {
  if (magic.some((byte, i) => i < bytes.length && bytes[i] !== byte)) {
    throw new EspalierError('bad-file', 'notOurFile');
  }
  const cutOff = (): never => {
    throw new EspalierError('cut-off-file', 'cutOffFile', { bytes: bytes.length });
  };
  if (bytes.length < magic.length + 4) cutOff();
  const word = (i: number) => readWord(bytes, magic.length + 4 * i);
  const version = word(0);
  if (version > formatVersion) {
    throw new EspalierError('newer-file', 'newerFile', { version, known: formatVersion });
  }
  if (bytes.length < headerLength) cutOff();
  const [count, plain, length, checksum] = [1, 2, 3, 4].map(word);
  const packed = new Uint8Array(bytes.subarray(headerLength));
  if (packed.length < length) cutOff();
  const figures = bytes.subarray(magic.length, headerLength - 4);
  if (version < 1 || packed.length > length || crc32(figures, packed) !== checksum) {
    damaged(say('file.checksum'));
  }
  return { version, count, plain, packed };
}

function splitFrames(bytes: Uint8Array, count: number): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) damaged(say('file.eventCutOff'));
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const lengths = take(8);
    const header = take(readWord(lengths, 0));
    const payload = take(readWord(lengths, 4));
    frames.push({ header: parseHeader(header, frames.length), payload });
  }
  if (frames.length !== count) damaged(say('file.eventsMissing'));
  return frames;
}

function parseHeader(bytes: Uint8Array, event: number): Frame['header'] {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null) return value as Frame['header'];
  } catch {
    // Told below, like any other value that is not an object.
  }
  return damaged(say('file.eventUnreadable', { index: event }));
}

function readEvent({ header, payload }: Frame, event: number): JournalEvent {
  const { type } = header;
  if (typeof type !== 'string' || !Object.hasOwn(eventCodecs, type)) {
    damaged(say('file.eventUnknown', { index: event }));
  }
  try {
    const codec = eventCodecs[type as EventType] as Codec<Omit<JournalEvent, 'type'>>;
    return { type, ...codec.read(header, payload, '') } as JournalEvent;
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const problem = error.message;
    return damaged(say('file.eventProblem', { index: event, type, problem }));
  }
}

/** All bytes that come out of `transform`. @throws RangeError beyond `limit` bytes, before they pile up */
async function pumped(
  bytes: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(transform).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(parts);
    parts.push(value);
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new RangeError(`More than ${limit} bytes.`);
    }
  }
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value, true));
  return bytes;
}

const readWord = (bytes: Uint8Array, offset: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
