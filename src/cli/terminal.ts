/** Where the commands write: the process's streams, or a test's lists. */
export interface Terminal {
  /** A result: one or more whole lines to standard output. */
  out(text: string): void;
  /** A message to standard error. */
  err(text: string): void;
  /** Shows `text` in place of the last progress; '' removes it. Silent where nobody watches. */
  progress(text: string): void;
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    progress: (text) => {
      if (stderr.isTTY) stderr.write(`\r\u001b[2K${text.slice(0, stderr.columns - 1)}`);
    },
  };
}
