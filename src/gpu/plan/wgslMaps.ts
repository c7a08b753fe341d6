/**
 * WGSL for the element-wise operations, on one float or on four lanes.
 *
 * Sines and cosines are our own everywhere (drivers may be off by 2e-4 for arguments of a few turns), as are the functions
 * that WGSL leaves inaccurate near 0 or lacks: see ../wgsl/accurate.wgsl, whose scalar functions are turned into four-lane
 * ones here by replacing the type.
 */
import accurate from '../wgsl/accurate.wgsl?raw';
import type { MapOperation } from './values';

export type Width = 1 | 4;

/** A literal that WGSL reads as f32. */
export function floatLiteral(value: number): string {
  const finite = Math.min(Math.max(value, -3.4028234e38), 3.4028234e38);
  return `${Number(finite.toPrecision(9))}f`;
}

const infix: Partial<Record<MapOperation, string>> = {
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
};

const builtins: Partial<Record<MapOperation, string>> = {
  exp: 'exp',
  sqrt: 'sqrt',
  min: 'min',
  max: 'max',
  power: 'pow',
};

const own: Partial<Record<MapOperation, string>> = {
  log: 'accurateLog',
  sin: 'accurateSin',
  cos: 'accurateCos',
  tanh: 'accurateTanh',
  erf: 'accurateErf',
  sigmoid: 'sigmoid',
};

/** The four-lane name of a function of accurate.wgsl. */
const widened = (name: string, width: Width): string => (width === 4 ? `${name}4` : name);

/**
 * `operation` on `operands` (code, all of `width`, except that infix operators also take plain floats). Adds the names
 * of functions it needs to `helpers`.
 */
export function mapCode(
  operation: MapOperation,
  operands: readonly { readonly code: string; readonly width: Width }[],
  helpers: Set<string>,
): string {
  const width = operands.some((operand) => operand.width === 4) ? 4 : 1;
  const codes = operands.map(({ code }) => code);
  const splat = operands.map((o) => (o.width < width ? `vec4f(${o.code})` : o.code));
  if (infix[operation]) return `${codes[0]} ${infix[operation]} ${codes[1]}`;
  if (builtins[operation]) return `${builtins[operation]}(${splat.join(', ')})`;
  const function_ = own[operation];
  if (function_) {
    const name = widened(function_, width);
    helpers.add(name);
    return `${name}(${codes[0]})`;
  }
  switch (operation) {
    case 'negate':
      return `-(${codes[0]})`;
    case 'reciprocal':
      return `1f / ${codes[0]}`;
    case 'relu':
      return width === 4 ? `max(${codes[0]}, vec4f())` : `max(${codes[0]}, 0f)`;
    default:
      return codes[0];
  }
}

const functionText = new Map(
  [...accurate.matchAll(/^fn (\w+)\([^]*?^}/gm)].map(([text, name]) => [name, text]),
);

function fourLanes(text: string): string {
  const names = [...functionText.keys()].join('|');
  return text
    .replace(new RegExp(`\\b(${names})\\b`, 'g'), '$14')
    .replace(/\bf32\b/g, 'vec4f')
    .replace(/\bi32\b/g, 'vec4i')
    .replace(/\bu32\b/g, 'vec4u');
}

/** Definitions of `helpers` and of what they call. */
export function helperCode(helpers: ReadonlySet<string>): string {
  const needed = new Set(helpers);
  for (const name of needed) {
    const base = name.replace(/4$/, '');
    for (const other of functionText.keys()) {
      const called = base !== other && new RegExp(`\\b${other}\\(`).test(functionText.get(base)!);
      if (called) needed.add(name.endsWith('4') ? `${other}4` : other);
    }
  }
  return [...functionText]
    .flatMap(([name, text]) => [
      ...(needed.has(name) ? [text] : []),
      ...(needed.has(`${name}4`) ? [fourLanes(text)] : []),
    ])
    .join('\n\n');
}
