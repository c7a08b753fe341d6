/**
 * Where the browser and its software Vulkan driver are. Chromium is the only system package the project needs: it runs
 * the page in tests, and its bundled SwiftShader driver lets Dawn for Node execute WGSL without a GPU.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const executables = [
  process.env.CHROMIUM_PATH,
  '/usr/lib/chromium/chromium',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
];

/** Path of a Chromium executable, or undefined. CHROMIUM_PATH overrides the search. */
export function findChromium() {
  return executables.find((path) => path && existsSync(path));
}

/** Flags that give headless Chromium a (software) WebGPU adapter, in workers too, and keep it off the network. */
export const chromiumFlags = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Points Vulkan at Chromium's SwiftShader driver; must run before the processes that use Dawn are started. */
export function useSoftwareVulkan() {
  const folder = [dirname(findChromium() ?? ''), '/usr/lib/chromium', '/opt/google/chrome'].find(
    (path) => existsSync(join(path, 'vk_swiftshader_icd.json')),
  );
  if (!folder) return;
  process.env.VK_DRIVER_FILES ??= join(folder, 'vk_swiftshader_icd.json');
  process.env.LD_LIBRARY_PATH = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
}
