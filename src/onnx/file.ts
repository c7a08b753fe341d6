/** ONNX files: bytes to graphs (decode.ts) and back (encode.ts). */
export { decodeModel } from './decode';
export { encodeModel } from './encode';
