/** Build and development server of the page. `base: './'` lets the build work from any folder of any static host. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { isolationHeaders } from './tools/headers.mjs';

export default defineConfig({
  base: './',
  plugins: [svelte()],
  worker: { format: 'es' },
  // onnxruntime-web's default entries make Vite emit every WASM binary; the extern-wasm condition leaves the choice of
  // the one binary to src/engine/ort.ts. (engine.md, pitfall 8)
  resolve: {
    conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'development|production'],
  },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
});
