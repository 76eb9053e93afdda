import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { compress, decompress, isAvailable } from '../../src/codec/compression.ts'
import { offLoop } from '../../src/codec/off-loop.ts'

const algorithms = (['deflate', 'zstd'] as const).filter(isAvailable)
const text = (length: number): Buffer => Buffer.from('holdfast '.repeat(length / 9 + 1).slice(0, length))

test.each(algorithms)(
  '%s: what is compressed comes back, small at once, large off the event loop',
  async (name) => {
    const small = text(32_000)
    const packed = compress(name, small)
    expect(packed).toBeInstanceOf(Uint8Array)
    expect((packed as Uint8Array).length).toBeLessThan(1_000)
    expect(decompress(name, packed as Uint8Array, small.length)).toEqual(small)

    const large = text(32_001)
    const packing = compress(name, large)
    expect(packing).toBeInstanceOf(Promise)
    const unpacking = decompress(name, await packing, large.length)
    expect(unpacking).toBeInstanceOf(Promise)
    expect(await unpacking).toEqual(large)
  },
)

const outcome = async (name: 'deflate' | 'zstd', bytes: Uint8Array, length: number): Promise<unknown> =>
  decompress(name, bytes, length)

test.each(algorithms)('%s: more bytes than announced are never made, fewer are an error', async (name) => {
  for (const length of [9_000, 90_000]) {
    const packed = await compress(name, text(length))
    await expect(outcome(name, packed, length - 1)).rejects.toThrow()
    await expect(outcome(name, packed, length + 1)).rejects.toThrow(RangeError)
  }
})

test.each(algorithms)('%s: damage is noticed', async (name) => {
  for (const length of [9_000, 90_000]) {
    const packed = Uint8Array.from(
      await compress(name, Buffer.from(text(length).map((byte, at) => byte ^ (at % 251)))),
    )
    const last = packed.length - 1
    packed[last] = (packed[last] as number) ^ 1
    await expect(outcome(name, packed, length)).rejects.toThrow()
    await expect(outcome(name, packed.subarray(0, last - 8), length)).rejects.toThrow()
    await expect(outcome(name, Buffer.from('no such thing'), length)).rejects.toThrow()
  }
})

test('a bomb is not unpacked', () => {
  const bomb = deflateSync(Buffer.alloc(50_000_000))
  const before = process.memoryUsage().arrayBuffers
  expect(() => decompress('deflate', bomb, 10_000)).toThrow(/Cannot create a Buffer larger than 10000 bytes/)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000)
})

test('an algorithm that this Node does not have is an error that says so', () => {
  if (isAvailable('zstd')) return
  expect(() => compress('zstd', text(10))).toThrow(/zstd needs Node 22.15/)
})

test('two at a time leave the event loop; the rest waits in order, and beyond 256 is done at once', async () => {
  const dones: ((error: Error | null, result: string) => void)[] = []
  const inline: number[] = []
  const results = Array.from({ length: 300 }, (_, index) =>
    offLoop<string>(
      (done) => dones.push(done),
      () => {
        inline.push(index)
        return 'inline'
      },
    ),
  )
  expect(dones).toHaveLength(2)
  expect(inline).toEqual(Array.from({ length: 42 }, (_, index) => 258 + index))
  // Each that ends, well or not, lets the next begin.
  for (let index = 0; index < dones.length; index++)
    dones[index]?.(index === 1 ? new Error('damaged') : null, `off ${index}`)
  expect(dones).toHaveLength(258)
  await expect(results[0]).resolves.toBe('off 0')
  await expect(results[1]).rejects.toThrow('damaged')
  await expect(results[257]).resolves.toBe('off 257')
  await expect(results[258]).resolves.toBe('inline')
})

test('work that cannot even begin does not keep its place', async () => {
  const refuse = (): never => {
    throw new RangeError('no')
  }
  for (let count = 0; count < 3; count++) await expect(offLoop(refuse, refuse)).rejects.toThrow('no')
  await expect(offLoop<number>((done) => done(null, 1), refuse)).resolves.toBe(1)
})
