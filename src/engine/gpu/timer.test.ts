import { describe, expect, it } from 'vitest';
import { GpuTimer } from './timer';

const deviceWithout = { features: new Set<string>() } as unknown as GPUDevice;

interface Fake {
  readonly device: GPUDevice;
  readonly destroyed: string[];
}

function deviceWithTimestamps(): Fake {
  const destroyed: string[] = [];
  const resource = (name: string) => () => ({ destroy: () => destroyed.push(name) });
  const device = {
    features: new Set(['timestamp-query']),
    createQuerySet: resource('queries'),
    createBuffer: resource('buffer'),
  };
  return { device: device as unknown as GPUDevice, destroyed };
}

Object.assign(globalThis, { GPUBufferUsage: { QUERY_RESOLVE: 0x200, COPY_SRC: 4 } });

describe('GpuTimer', () => {
  it('is quiet on a device without timestamps', () => {
    const timer = new GpuTimer(deviceWithout);
    expect(timer.timestampWrites()).toBeUndefined();
    expect(timer.byteLength).toBe(0);
    timer.resolve({} as GPUCommandEncoder, {} as GPUBuffer, 0);
    expect(timer.milliseconds(new ArrayBuffer(0))).toBeNull();
    timer.destroy();
  });

  it('adds the time inside passes, and leaves out the time between them', () => {
    const timer = new GpuTimer(deviceWithTimestamps().device);
    timer.begin();
    expect(timer.timestampWrites()).toMatchObject({
      beginningOfPassWriteIndex: 0,
      endOfPassWriteIndex: 1,
    });
    expect(timer.timestampWrites()).toMatchObject({ beginningOfPassWriteIndex: 2 });
    expect(timer.byteLength).toBe(32);
    const times = BigUint64Array.of(1_000_000n, 3_000_000n, 9_000_000n, 9_500_000n);
    expect(timer.milliseconds(times.buffer)).toBe(2.5);
    timer.begin();
    expect(timer.byteLength).toBe(0);
  });

  it('says nothing rather than too little when there are more passes than queries', () => {
    const { device, destroyed } = deviceWithTimestamps();
    const timer = new GpuTimer(device);
    timer.begin();
    let timed = 0;
    while (timer.timestampWrites()) timed += 1;
    expect(timed).toBe(64);
    expect(timer.milliseconds(new ArrayBuffer(timer.byteLength))).toBeNull();
    timer.destroy();
    expect(destroyed).toEqual(['queries', 'buffer']);
  });
});
