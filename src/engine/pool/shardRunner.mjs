/**
 * Runs neighbouring shards of a batch, one after the other, and adds up their gradients: what every core does, the
 * calling thread included. It is JavaScript because a worker of Node must load it without a compiler; types are checked.
 *
 * @typedef {import('./protocol').NetworkFiles} NetworkFiles
 * @typedef {import('./protocol').GraphFile} GraphFile
 * @typedef {import('./protocol').Block} Block
 * @typedef {import('./protocol').PartialSum} PartialSum
 * @typedef {{ readonly shape: readonly number[], readonly data: Float32Array }} Tensor
 * @typedef {{
 *   run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>,
 *   release(): Promise<void>,
 * }} Session
 * @typedef {(bytes: Uint8Array) => Promise<Session>} Open
 */

/**
 * Adds `sum` to the sums of a batch of `shards` shards, joining neighbours as long as both are there:
 * ((0 + 1) + (2 + 3)) + …; a last one without neighbour goes up as it is. The order of arrival changes nothing.
 * @param {PartialSum[]} sums changed in place @param {PartialSum} sum @param {number} shards
 */
export function addToTree(sums, sum, shards) {
  let { level, index, values } = sum;
  while (2 ** level < shards) {
    const sibling = index ^ 1;
    if (sibling * 2 ** level < shards) {
      const at = sums.findIndex((one) => one.level === level && one.index === sibling);
      if (at < 0) break;
      const [other] = sums.splice(at, 1);
      const [left, right] = index < sibling ? [values, other.values] : [other.values, values];
      add(left, right);
      values = left;
    }
    level += 1;
    index >>= 1;
  }
  sums.push({ level, index, values });
}

/** @param {Float32Array} target changed in place @param {Float32Array} source */
function add(target, source) {
  for (let i = 0; i < target.length; i++) target[i] += source[i];
}

export class ShardRunner {
  /** @type {Promise<Session> | null} */
  #forward = null;
  /** @type {Promise<Session> | null} */
  #gradient = null;
  #network;
  #open;

  /** @param {NetworkFiles} network @param {Open} open opens an .onnx file */
  constructor(network, open) {
    this.#network = network;
    this.#open = open;
  }

  /** Opens the session for velocities, or the one for gradients; later calls wait for the same. */
  openForward() {
    return (this.#forward ??= this.#open(this.#network.forward.bytes));
  }

  openGradient() {
    return (this.#gradient ??= this.#open(this.#network.gradient.bytes));
  }

  /** Velocities of a block's rows. @param {Float32Array} weights @param {Block} block */
  async forward(weights, block) {
    const session = await this.openForward();
    const { dimensions, forward } = this.#network;
    const velocities = new Float32Array(block.rows.x.length);
    for (let shard = 0; shard + 1 < block.bounds.length; shard++) {
      const { v } = await session.run(this.#feeds(forward, weights, block, shard));
      velocities.set(v.data, block.bounds[shard] * dimensions);
    }
    return velocities;
  }

  /**
   * Gradients for upstream dL/dv, added up as far as the block's shards are neighbours in the tree.
   * @param {Float32Array} weights @param {Block} block
   */
  async gradient(weights, block) {
    const session = await this.openGradient();
    const { parameters, parameterLength, gradient: graph } = this.#network;
    /** @type {PartialSum[]} */
    const sums = [];
    for (let shard = 0; shard + 1 < block.bounds.length; shard++) {
      const outputs = await session.run(this.#feeds(graph, weights, block, shard));
      const values = new Float32Array(parameterLength);
      for (const { gradient, offset } of parameters) values.set(outputs[gradient].data, offset);
      addToTree(sums, { level: 0, index: block.first + shard, values }, block.shards);
    }
    return sums;
  }

  async release() {
    await (await this.#forward)?.release();
    await (await this.#gradient)?.release();
  }

  /** @param {GraphFile} graph @param {Float32Array} weights @param {Block} block @param {number} shard */
  #feeds(graph, weights, { rows, bounds }, shard) {
    const { dimensions, conditionSize, parameters } = this.#network;
    const [from, to] = [bounds[shard], bounds[shard + 1]];
    /** @type {Record<string, Float32Array>} */
    const data = {
      x: rows.x.subarray(from * dimensions, to * dimensions),
      t: rows.t.subarray(from, to),
    };
    if (rows.cond) data.cond = rows.cond.subarray(from * conditionSize, to * conditionSize);
    if (rows.dv) data.dv = rows.dv.subarray(from * dimensions, to * dimensions);
    for (const { name, offset, length } of parameters) {
      data[name] = weights.subarray(offset, offset + length);
    }
    /** @type {Record<string, Tensor>} */
    const feeds = {};
    for (const { name, shape } of graph.inputs) {
      const concrete = shape.map((size) => (size < 0 ? -size * (to - from) : size));
      feeds[name] = { shape: concrete, data: data[name] };
    }
    return feeds;
  }
}
