/** The page's colours for what is drawn on a canvas, as they are in the present theme. */

const names = [
  'paper',
  'ink',
  'muted',
  'faint',
  'rule',
  'edge',
  'leaf',
  'up',
  'down',
  'heat-band',
  'heat-low',
  'heat-high',
] as const;

export type TokenName = (typeof names)[number];

export type Tokens = Readonly<Record<TokenName, string>>;

export function tokensOf(element: Element): Tokens {
  const style = getComputedStyle(element);
  const scheme = style.colorScheme;
  const dark =
    scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  // As written, a custom property holds both colours; the build may already have chosen one for older browsers.
  const present = (value: string): string =>
    /^light-dark\((.+),(.+)\)$/.exec(value)?.[dark ? 2 : 1].trim() ?? value;
  const entries = names.map((name) => [name, present(style.getPropertyValue(`--${name}`).trim())]);
  return Object.fromEntries(entries) as Tokens;
}
