/** Build and development server of the page. `base: './'` lets the build work from any folder of any static host. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { isolationHeaders } from './tools/headers.mjs';
import { pagePlugin } from './tools/page.mjs';

export default defineConfig({
  base: './',
  plugins: [svelte(), pagePlugin()],
  worker: { format: 'es' },
  // Without this condition onnxruntime-web's bundles make Vite emit every WASM binary; see src/engine/ort.ts.
  resolve: {
    conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'development|production'],
  },
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: { headers: isolationHeaders },
});
