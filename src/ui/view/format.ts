/** Numbers as people read them: real minus sign, tabular lengths, no more digits than mean something. */
import { say } from '../../content/page';

const MINUS = '−';

/** E.g. "0.62", "−1.30", "3.2e−5"; `digits` after the point for numbers of everyday size. */
export function formatNumber(value: number, digits = 2): string {
  if (Number.isNaN(value)) return say('number.none');
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  const size = Math.abs(value);
  const tiny = size > 0 && size < 0.5 * 10 ** -digits;
  const text = tiny || size >= 1e6 ? size.toExponential(1) : size.toFixed(digits);
  const zero = Number(text) === 0;
  return (value < 0 && !zero ? MINUS : '') + text.replace('-', MINUS).replace('+', '');
}

/** With so many digits after the point, however small: "0.00". */
export const formatFixed = (value: number, digits = 2): string =>
  Math.abs(value) < 0.5 * 10 ** -digits ? (0).toFixed(digits) : formatNumber(value, digits);

/** A figure beside its curve: whole numbers whole, small ones with more digits. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return formatNumber(value, 0);
  return formatNumber(value, size < 0.1 ? 3 : 2);
}

/** With its sign always written: "+1.24", "−0.31", "0.00". */
export function formatSigned(value: number, digits = 2): string {
  const text = formatNumber(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A whole number with its thousands grouped: "14,850". */
export const formatCount = (value: number): string => counts.format(value);

export function formatMilliseconds(value: number): string {
  if (value < 0.95) return value === 0 ? '0 ms' : '< 1 ms';
  if (value < 1000) return `${Math.round(value)} ms`;
  return `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} s`;
}

/** A share in [0, 1] as "4 %". */
export function formatShare(value: number): string {
  const percent = value * 100;
  return `${percent > 0 && percent < 0.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** A point as "(0.31, −1.20)"; longer vectors are cut after four numbers. */
export function formatVector(values: ArrayLike<number>, digits = 2): string {
  const shown = Array.from(values)
    .slice(0, 4)
    .map((value) => formatNumber(value, digits));
  return `(${shown.join(', ')}${values.length > 4 ? ', …' : ''})`;
}

/** "1 leaf", "16 leaves". */
export const counted = (
  count: number,
  what: 'leaves' | 'iterations' | 'trees' | 'updates',
): string => say(`count.${what}`, { count, number: formatCount(count) });
