/**
 * What classifier-free guidance makes of a base policy without any training: measured by `npm run distill` on the file
 * that ships, so it stands in the manifest and costs a visitor nothing but reading it.
 */
import type { GuidedScore, Manifest } from '../../scenes/manifest';
import { isPicture } from '../../scenes/manifest';

export class Guided {
  #models = $state.raw<Manifest['models']>({});

  /** Without a manifest that can be read there is one bar less, and nothing else is harmed. */
  async load(): Promise<void> {
    const read = fetch('models/manifest.json').then((response) => response.json());
    const manifest = (await read.catch(() => null)) as Manifest | null;
    this.#models = manifest?.models ?? {};
  }

  /** Of the policy with this hash; null for one that the manifest does not know. */
  of(sha256: string): GuidedScore | null {
    const entry = Object.values(this.#models).find((one) => one.sha256 === sha256);
    return entry && isPicture(entry) ? entry.guided : null;
  }
}
