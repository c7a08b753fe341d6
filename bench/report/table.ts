/** Plain-text tables: the first column left, all others right, no colour, so that a table can be pasted anywhere. */

export type Cell = string | number | null;

/** A number with about three significant digits, thousands separated; `–` for nothing. */
export function format(value: Cell): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  if (Number.isInteger(value) || size >= 100) {
    return Math.round(value)
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, ',');
  }
  return value.toFixed(size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
}

/** Lines of a table; columns in which no row has anything are left out. */
export function formatTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const used = header.map((_, column) => rows.some((row) => row[column] !== null));
  const texts = [header, ...rows.map((row) => row.map(format))].map((row) =>
    row.filter((_, column) => used[column]),
  );
  const widths = texts[0].map((_, column) => Math.max(...texts.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(texts[0]), rule, ...texts.slice(1).map(line)].join('\n');
}
