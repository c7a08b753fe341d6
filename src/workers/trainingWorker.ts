/**
 * The training worker is asked for before the page is drawn (src/begin.ts), so that both load side by side; the client
 * takes the one that waits, and later ones are made when they are needed.
 */
let waiting: Worker | null = null;

const create = (): Worker =>
  new Worker(new URL('./train.worker.ts', import.meta.url), { type: 'module' });

/** Starts the first worker early. One that fails before it was taken is forgotten: the next attempt tells the fault. */
export function prepareTrainingWorker(): void {
  const worker = create();
  waiting = worker;
  worker.addEventListener('error', () => {
    if (waiting === worker) waiting = null;
  });
}

export function takeTrainingWorker(): Worker {
  const worker = waiting ?? create();
  waiting = null;
  return worker;
}
