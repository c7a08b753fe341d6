/** Svelte options shared by Vite, svelte-check, ESLint and editors. Runes everywhere; styles stay in CSS files so that the content-security policy needs no 'unsafe-inline'. */
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true, css: 'external' },
};
