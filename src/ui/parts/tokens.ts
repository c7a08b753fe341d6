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
  const entries = names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return Object.fromEntries(entries) as Tokens;
}
