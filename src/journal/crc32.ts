/** CRC-32 (ISO 3309; the one of gzip and PNG), reflected polynomial EDB88320. Guards files against damage. */

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** Checksum of all parts, one after the other. */
export function crc32(...parts: readonly Uint8Array[]): number {
  let value = 0xffffffff;
  for (const part of parts) {
    for (const byte of part) value = (value >>> 8) ^ table[(value ^ byte) & 0xff];
  }
  return ~value >>> 0;
}
