/**
 * SHA-256 as the 64 hexadecimal digits that files and manifests name models by. The web's own is missing on pages
 * without TLS, which the CPU tier must run on, and answers later; @noble/hashes answers at once everywhere.
 */
import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** The digest of `bytes` as 64 hexadecimal digits. */
export const sha256 = (bytes: Uint8Array): string => bytesToHex(digest(bytes));
