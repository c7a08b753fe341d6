/** Processor time of threads from Linux's /proc/<process>/task/<thread>/schedstat: nanoseconds on a core, first number. */
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import type { ThreadTime } from './suite/host';

/** All threads of the processes, or null where the system has no schedstat. Threads that end meanwhile are left out. */
export async function readThreads(processes: readonly number[]): Promise<ThreadTime[] | null> {
  if (!existsSync('/proc/self/schedstat')) return null;
  const threads = processes.map(async (id) => {
    const folder = `/proc/${id}/task`;
    const names = await readdir(folder).catch(() => []);
    return Promise.all(names.map((name) => readThread(`${folder}/${name}`, Number(name))));
  });
  return (await Promise.all(threads)).flat().filter((thread) => thread !== null);
}

async function readThread(folder: string, id: number): Promise<ThreadTime | null> {
  try {
    const [name, times] = await Promise.all(
      ['comm', 'schedstat'].map((file) => readFile(`${folder}/${file}`, 'utf8')),
    );
    return { id, name: name.trim(), milliseconds: Number(times.split(' ')[0]) / 1e6 };
  } catch {
    return null;
  }
}
