/**
 * The only door to onnxruntime-web: which bundle, which WASM binary, and one call at a time.
 *
 * `wasm` is the CPU tier (page, Node, tests); `webgpu` is the JSPI bundle with the native WebGPU provider (page only);
 * `native` is onnxruntime-node, an optional package that makes long training in the terminal three times faster.
 * Each is loaded on first use, so a visitor on the WGSL plan waits for no binary; WASM follows after the first
 * iteration, as an oracle and to take over from a lost GPU (session/fallback.ts). The build resolves the
 * bundles by the condition `onnxruntime-web-use-extern-wasm` (vite.config.ts): they carry no binary of their own, the
 * `?url` imports below emit exactly one each, and thread workers start from ONNX Runtime's own file instead of from our
 * worker chunk, which would hang.
 *
 * A session takes its device by `executionProviders: [{ name: 'webgpu', device }]`; `env.webgpu.device` is ignored.
 */
import wasmModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasmBinaryUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import webgpuModuleUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url';
import webgpuBinaryUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import { say } from '../content';
import { EspalierError } from '../core/errors';

/** The module `onnxruntime-web`. Tensors and sessions of the two providers' modules must not be mixed. */
export type Ort = typeof import('onnxruntime-web');

export type OrtProvider = 'wasm' | 'webgpu' | 'native';

export interface OrtOptions {
  /** WASM threads; more than one needs a cross-origin isolated page. The first load of a provider decides. */
  readonly numThreads?: number;
}

const inNode = typeof process !== 'undefined' && typeof process.versions?.node === 'string';

const loading = new Map<OrtProvider, Promise<Ort>>();

/** Whether `loadOrt('webgpu')` can work here: a browser with WebGPU and JavaScript promise integration (JSPI). */
export function ortWebGpuAvailable(): boolean {
  return !inNode && 'gpu' in navigator && 'Suspending' in WebAssembly;
}

/**
 * Loads a provider's module once and sets its environment. The binary follows with the first session.
 * @throws EspalierError `no-adapter` when `webgpu` is asked for where `ortWebGpuAvailable()` is false.
 */
export function loadOrt(provider: OrtProvider, options: OrtOptions = {}): Promise<Ort> {
  const known = loading.get(provider);
  if (known) return known;
  const promise = importOrt(provider).then((ort) => {
    ort.env.logLevel = 'error';
    ort.env.wasm.proxy = false;
    ort.env.wasm.numThreads = options.numThreads ?? 1;
    if (inNode) return ort;
    ort.env.wasm.wasmPaths = binaryPaths(provider);
    return ort;
  });
  loading.set(provider, promise);
  promise.catch(() => loading.delete(provider));
  return promise;
}

async function importOrt(provider: OrtProvider): Promise<Ort> {
  if (provider === 'wasm') return import('onnxruntime-web/wasm');
  if (provider === 'native') return importNative();
  if (ortWebGpuAvailable()) return import('onnxruntime-web/jspi');
  throw new EspalierError('no-adapter', 'noOrtWebgpu');
}

/** onnxruntime-node has the same interface; it is not a dependency, so its name must not be followed by bundlers. */
async function importNative(): Promise<Ort> {
  const name = 'onnxruntime-node';
  try {
    return (await import(/* @vite-ignore */ name)) as Ort;
  } catch {
    throw new EspalierError('no-adapter', 'noNativeOrt');
  }
}

function binaryPaths(provider: OrtProvider): { mjs: string; wasm: string } {
  const [mjs, wasm] =
    provider === 'wasm' ? [wasmModuleUrl, wasmBinaryUrl] : [webgpuModuleUrl, webgpuBinaryUrl];
  const absolute = (url: string) => new URL(url, self.location.href).href;
  return { mjs: absolute(mjs), wasm: absolute(wasm) };
}

/**
 * Puts the CPU tier's binary where the service worker (src/serviceWorker.ts) looks for it: to be called when nothing
 * else is waited for. On a first visit that worker does not yet see the page's requests. A browser that allows no such
 * storage only loses offline use.
 */
export async function keepForOffline(): Promise<void> {
  if (!import.meta.env.PROD) return;
  const url = binaryPaths('wasm').wasm;
  try {
    const cache = await caches.open('onnxruntime');
    if (!(await cache.match(url))) await cache.add(url);
  } catch (error) {
    console.warn(say('pool.notKept'), error);
  }
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `task` after every task given before it has settled. All `InferenceSession.create` and `run` calls go through
 * here: two at once hang or corrupt the WASM memory. A task must not call `serialised` itself.
 */
export function serialised<Result>(task: () => Promise<Result>): Promise<Result> {
  const result = last.then(task);
  last = result.catch(() => undefined);
  return result;
}
