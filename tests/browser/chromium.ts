/** Starts the browser of the tests and watches what a page does that it should not. */
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { chromiumFlags, findChromium } from '../../tools/chromium.mjs';

/** Headless Chromium with a software WebGPU adapter. The caller closes it. */
export async function launchChromium(extraFlags: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('Chromium is not installed.');
  // `headless: false` keeps playwright from choosing the old headless mode, which has no WebGPU.
  return chromium.launch({
    executablePath,
    headless: false,
    args: [...chromiumFlags, ...extraFlags],
  });
}

export interface Faults {
  /** Uncaught errors and console errors, blocked-by-policy messages among them. */
  readonly errors: string[];
  /** Addresses on another origin than the page's. */
  readonly foreignRequests: string[];
}

/** Records, from now on, the faults of `page`, which is or will be at an address of `origin`. */
export function watchFaults(page: Page, origin: string): Faults {
  const faults: Faults = { errors: [], foreignRequests: [] };
  page.on('pageerror', (error) => faults.errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.errors.push(message.text());
  });
  page.context().on('request', (request) => {
    const { protocol, origin: requested } = new URL(request.url());
    if (protocol.startsWith('http') && requested !== origin) {
      faults.foreignRequests.push(request.url());
    }
  });
  return faults;
}
