/**
 * A policy's network on every core: a batch is cut into shards (shard.ts), neighbours go to each worker, and the calling
 * thread does its own share meanwhile. Bytes are the same for any number of workers, so one that is not there yet is not
 * waited for, and one that cannot start is done without.
 */
import { say } from '../../content';
import { EspalierError } from '../../core/errors';
import { maxCores } from './cores';
import type { Cores, ShardWorker } from './cores';
import type {
  Block,
  FromWorker,
  NetworkFiles,
  PartialSum,
  Rows,
  ToWorker,
  WeightSlot,
} from './protocol';
import { cut, shareOf } from './shard';
import type { Grain } from './shard';
import { ShardRunner, addToTree } from './shardRunner.mjs';
import type { Open } from './shardRunner.mjs';

interface Waiting {
  resolve(answer: FromWorker): void;
  reject(error: Error): void;
}

export class ShardPool {
  readonly #runner: ShardRunner;
  readonly #weights = new Map<WeightSlot, Float32Array>();
  readonly #grain: Grain;
  readonly #cores: Cores | null;
  #starting: Promise<void> | null = null;
  #helpers: Helper[] = [];
  #closed = false;

  /** `open` opens a graph on the calling thread; it, too, must compute on one thread alone. */
  constructor(
    private readonly network: NetworkFiles,
    open: Open,
    { cores, grain }: { readonly cores: Cores | null; readonly grain: Grain },
  ) {
    this.#runner = new ShardRunner(network, open);
    this.#cores = cores;
    this.#grain = grain;
  }

  /** Opens what the calling thread needs for velocities. @throws EspalierError 'bad-model' */
  async open(): Promise<void> {
    await this.#runner.openForward();
  }

  /** Opens what gradients need, so that the first update does not wait. */
  async openGradient(): Promise<void> {
    await this.#runner.openGradient();
  }

  /** Starts the other cores' workers; settles when all are there or were given up. Need not be waited for. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Cores that compute now, the calling thread's included. */
  get size(): number {
    return 1 + this.#helpers.length;
  }

  /** Whether a batch of so many rows is shared among cores. */
  splits(rows: number): boolean {
    return cut(rows, this.#grain).length > 2;
  }

  /** The weights of a slot from now on; not copied, and not to be changed without telling. */
  setWeights(slot: WeightSlot, values: Float32Array): void {
    this.#weights.set(slot, values);
    for (const helper of this.#helpers) helper.outdate(slot);
  }

  /** Velocities [rows, D]. @throws EspalierError 'worker-crashed' */
  async forward(slot: WeightSlot, rows: Omit<Rows, 'dv'>): Promise<Float32Array> {
    const velocities = new Float32Array(rows.x.length);
    await this.#share({ ...rows, dv: null }, async (block, firstRow, helper) => {
      const values = helper
        ? await helper.forward(slot, this.#of(slot), block)
        : await this.#runner.forward(this.#of(slot), block);
      velocities.set(values, firstRow * this.network.dimensions);
    });
    return velocities;
  }

  /** dL/dw of the policy for upstream dL/dv, flat; alignment gaps are zero. @throws EspalierError 'worker-crashed' */
  async gradient(rows: Rows): Promise<Float32Array> {
    const sums: PartialSum[] = [];
    const weights = this.#of('policy');
    await this.#share(rows, async (block, _, helper) => {
      const parts = helper
        ? await helper.gradient('policy', weights, block)
        : await this.#runner.gradient(weights, block);
      for (const part of parts) addToTree(sums, part, block.shards);
    });
    return sums[0].values;
  }

  destroy(): void {
    for (const helper of this.#helpers) helper.terminate();
    this.#helpers = [];
    this.#closed = true;
    void this.#runner.release();
  }

  #of(slot: WeightSlot): Float32Array {
    const weights = this.#weights.get(slot);
    if (!weights) throw new Error(`The pool holds no ${slot} weights.`);
    return weights;
  }

  async #start(): Promise<void> {
    const cores = this.#cores;
    if (!cores) return;
    const count = Math.min(cores.count, maxCores) - 1;
    const opening = Array.from({ length: Math.max(0, count) }, async () => {
      try {
        const helper = await Helper.open(cores.start(), this.network);
        if (this.#closed) helper.terminate();
        else this.#helpers.push(helper);
      } catch (error) {
        console.warn(say('pool.leftOut'), error);
      }
    });
    await Promise.all(opening);
  }

  /** Cuts a batch and has every core do its share, the calling thread last: the others' work is under way by then. */
  async #share(
    rows: Rows,
    work: (block: Block, firstRow: number, helper: Helper | null) => Promise<void>,
  ): Promise<void> {
    const bounds = cut(rows.t.length, this.#grain);
    const shards = bounds.length - 1;
    const helpers = this.#helpers.slice(0, shards - 1);
    const { dimensions, conditionSize } = this.network;
    const tasks = [...helpers, null].map((helper, i) => {
      const [first, end] = shareOf(shards, i, helpers.length + 1);
      const [from, to] = [bounds[first], bounds[end]];
      const part = {
        x: rows.x.subarray(from * dimensions, to * dimensions),
        t: rows.t.subarray(from, to),
        cond: rows.cond && rows.cond.subarray(from * conditionSize, to * conditionSize),
        dv: rows.dv && rows.dv.subarray(from * dimensions, to * dimensions),
      };
      const own = bounds.slice(first, end + 1).map((row) => row - from);
      return work({ rows: part, bounds: own, first, shards }, from, helper);
    });
    // All are waited for, also when one fails: weights must not change under a worker.
    for (const result of await Promise.allSettled(tasks)) {
      if (result.status === 'rejected') throw result.reason;
    }
  }
}

const canShare = typeof SharedArrayBuffer === 'function';

/** One worker as the calling thread sees it. */
class Helper {
  readonly #waiting = new Map<number, Waiting>();
  readonly #shared = new Map<WeightSlot, Float32Array>();
  readonly #current = new Set<WeightSlot>();
  #nextId = 0;
  #crashed: Error | null = null;

  private constructor(private readonly worker: ShardWorker) {
    worker.listen(
      (message) => this.#receive(message),
      (reason) => this.#crash(reason),
    );
  }

  static async open(worker: ShardWorker, network: NetworkFiles): Promise<Helper> {
    const helper = new Helper(worker);
    try {
      await helper.#ask(-1, { kind: 'open', network }, []);
    } catch (error) {
      worker.terminate();
      throw error;
    }
    return helper;
  }

  /** The slot's weights are to be sent again before they are next used. */
  outdate(slot: WeightSlot): void {
    this.#current.delete(slot);
  }

  async forward(slot: WeightSlot, weights: Float32Array, block: Block): Promise<Float32Array> {
    const answer = await this.#run('forward', slot, weights, block);
    return answer.kind === 'velocities' ? answer.values : unexpected(answer);
  }

  async gradient(
    slot: WeightSlot,
    weights: Float32Array,
    block: Block,
  ): Promise<readonly PartialSum[]> {
    const answer = await this.#run('gradient', slot, weights, block);
    return answer.kind === 'gradients' ? answer.sums : unexpected(answer);
  }

  terminate(): void {
    this.worker.terminate();
  }

  #run(
    pass: 'forward' | 'gradient',
    slot: WeightSlot,
    weights: Float32Array,
    block: Block,
  ): Promise<FromWorker> {
    this.#send(slot, weights);
    const id = this.#nextId++;
    const { x, t, cond, dv } = block.rows;
    // Copies of exactly these rows: a view would be sent with all of its buffer.
    const rows = { x: x.slice(), t: t.slice(), cond: cond && cond.slice(), dv: dv && dv.slice() };
    const buffers = Object.values(rows).flatMap((one) => (one ? [one.buffer] : []));
    return this.#ask(id, { kind: 'run', id, pass, slot, block: { ...block, rows } }, buffers);
  }

  #send(slot: WeightSlot, weights: Float32Array): void {
    if (this.#current.has(slot)) return;
    this.#current.add(slot);
    if (!canShare) return this.worker.post({ kind: 'weights', slot, values: weights }, []);
    const known = this.#shared.get(slot);
    const shared = known ?? new Float32Array(new SharedArrayBuffer(weights.byteLength));
    shared.set(weights);
    if (known) return;
    this.#shared.set(slot, shared);
    this.worker.post({ kind: 'weights', slot, values: shared }, []);
  }

  #ask(id: number, message: ToWorker, transfer: ArrayBuffer[]): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      if (this.#crashed) return reject(this.#crashed);
      if (this.#waiting.size === 0) this.worker.hold(true);
      this.#waiting.set(id, { resolve, reject });
      this.worker.post(message, transfer);
    });
  }

  #receive(message: FromWorker): void {
    const id = message.kind === 'opened' ? -1 : message.id;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.worker.hold(false);
    if (message.kind === 'failed') waiting?.reject(crash(message.message));
    else waiting?.resolve(message);
  }

  #crash(reason: string): void {
    this.#crashed ??= crash(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#crashed);
    this.#waiting.clear();
  }
}

const crash = (reason: string): EspalierError =>
  new EspalierError('worker-crashed', 'shardWorkerCrashed', { reason });

function unexpected({ kind }: FromWorker): never {
  throw crash(say('pool.answered', { kind }));
}
