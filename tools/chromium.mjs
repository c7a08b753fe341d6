/**
 * Where the browser and its software Vulkan driver are. Chromium is the only system package the project needs: it runs
 * the page in tests, and its bundled SwiftShader driver lets Dawn for Node execute WGSL without a GPU.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const executables = [
  process.env.CHROMIUM_PATH,
  '/usr/lib/chromium/chromium',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
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

/** Whether the system has a Vulkan driver of its own (Mesa's or a vendor's). */
export function hasVulkanDriver() {
  return ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'].some(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.json')),
  );
}

/** The folder of Chromium's own Vulkan driver, or undefined. */
function driverFolder() {
  return [dirname(findChromium() ?? ''), '/usr/lib/chromium', '/opt/google/chrome'].find((folder) =>
    existsSync(join(folder, 'vk_swiftshader_icd.json')),
  );
}

/**
 * The environment in which Dawn for Node finds Chromium's SwiftShader driver; the loader reads it when a process starts.
 * @param {NodeJS.ProcessEnv} [env] @param {string} [folder] of the driver
 * @returns {NodeJS.ProcessEnv} `env` itself where it says so already or there is no driver
 */
export function softwareVulkan(env = process.env, folder = driverFolder()) {
  const libraries = (env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean);
  if (!folder || libraries.includes(folder)) return env;
  return {
    ...env,
    VK_DRIVER_FILES: env.VK_DRIVER_FILES ?? join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: [folder, ...libraries].join(':'),
  };
}

/** Points Vulkan at SwiftShader for the processes that this one starts. */
export function useSoftwareVulkan() {
  Object.assign(process.env, softwareVulkan());
}
