import test from 'ava'
import fc from 'fast-check'
import type { PipelineError } from '../../../../src/core/error.js'
import { compressionNamed } from '../../../../src/io/compressed/compression.js'
import { gzipOf, inPieces, joined, rawFrame, skippableFrame, zstdOf } from '../../../fakes/compressed.js'

const runs = process.env.COTERIE_LONG ? 3000 : 100
type Name = 'gzip' | 'zstd'
const names = ['gzip', 'zstd'] as const
const bytesOf = (text: string) => new TextEncoder().encode(text)

async function decode(name: Name, bytes: Uint8Array, lengths: readonly number[] = [7]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of compressionNamed(name).decompress(inPieces(bytes, lengths), 'a.tar'))
    pieces.push(piece)
  return joined(pieces)
}

/** The message of `E_COMPRESSED` with what was found, or what came out. */
async function outcome(
  name: Name,
  bytes: Uint8Array,
  lengths?: readonly number[],
): Promise<string | Uint8Array> {
  try {
    return await decode(name, bytes, lengths)
  } catch (error) {
    const { code, message, found, place } = error as PipelineError
    if (code !== 'E_COMPRESSED' || place !== 'a.tar') throw error
    return `${message}: ${found}`
  }
}

/** Content with runs and without, of up to a few blocks. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 90 }), fc.nat(4000))
    .map(([unit, times]) => new Uint8Array(Buffer.alloc(unit.byteLength * times, unit))),
)
const short = fc.uint8Array({ maxLength: 31 })
const lengths = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 4 })

for (const name of names)
  test(`${name}: any members, in pieces of any length, are their content`, async (t) => {
    const part = name === 'gzip' ? content.map((bytes) => [gzipOf(bytes), bytes] as const) : zstdPart
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        name === 'gzip' ? fc.nat(3000) : fc.constant(0),
        lengths,
        async (parts, padding, sizes) => {
          const packed = joined([...parts.map(([bytes]) => bytes), new Uint8Array(padding)])
          const found = await decode(name, packed, sizes)
          return Buffer.from(found).equals(joined(parts.map(([, bytes]) => bytes)))
        },
      ),
      { numRuns: runs },
    )
    t.pass()
  })

const none = new Uint8Array(0)
const zstdPart = fc.oneof(
  fc
    .tuple(content, fc.integer({ min: 1, max: 19 }))
    .map(([bytes, level]) => [zstdOf(bytes, level), bytes] as const),
  short.map((bytes) => [rawFrame({ content: bytes }), bytes] as const),
  short.map((bytes) => [skippableFrame(bytes), none] as const),
)

const twoMembers = {
  gzip: [gzipOf(bytesOf('one two three')), gzipOf(bytesOf('four'))],
  zstd: [rawFrame({ content: bytesOf('one two three') }), rawFrame({ content: bytesOf('four') })],
} as const

for (const name of names)
  test(`${name}: wherever a stream ends early, it is said`, async (t) => {
    const [first, second] = twoMembers[name]
    const whole = joined([first, second])
    for (let end = 1; end < whole.byteLength; end++) {
      const found = await outcome(name, whole.subarray(0, end), [1 + (end % 5)])
      if (end === first.byteLength) t.deepEqual(found, bytesOf('one two three'))
      else t.is(found, `this ${name} stream ends early: the end of the file`, `after ${end} bytes`)
    }
    const skipped = joined([rawFrame({ content: none }), skippableFrame(bytesOf('a note'))])
    for (let end = 15; end < skipped.byteLength; end++)
      t.regex(String(await outcome('zstd', skipped.subarray(0, end))), /ends early/)
  })

for (const name of names)
  test(`${name}: whatever bit is flipped, other content never comes out`, async (t) => {
    const [first, second] = twoMembers[name]
    const whole = joined([first, second])
    const right = Buffer.from('one two threefour')
    for (let bit = 0; bit < whole.byteLength * 8; bit++) {
      const flipped = whole.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      const found = await outcome(name, flipped)
      // Bits of a member's time or name are not checked, and a magic may become that of a frame to skip.
      t.true(typeof found === 'string' || right.equals(found), `bit ${bit}: ${found}`)
    }
  })

for (const name of names)
  test(`${name}: other bytes after the end are refused`, async (t) => {
    const [first] = twoMembers[name]
    const pads = name === 'gzip' ? [[], [0], Array(700).fill(0)] : [[]]
    for (const zeros of pads)
      for (const tail of [[1], [0x1f], [0x28, 0xb5], [...bytesOf('<html>')], [0x50, 0x2a]])
        for (const sizes of [[1], [13], [1 << 20], [first.byteLength]]) {
          const packed = joined([first, Uint8Array.from(zeros as number[]), Uint8Array.from(tail)])
          t.is(typeof (await outcome(name, packed, sizes)), 'string', `${zeros.length} zeros, ${tail}`)
        }
  })

test('zeros after zstd frames are refused, as zstd does', async (t) => {
  t.regex(String(await outcome('zstd', joined([twoMembers.zstd[0], new Uint8Array(512)]))), /do not begin/)
})

for (const name of names)
  test(`${name}: beyond 64 MiB, a ratio above 200 is refused`, async (t) => {
    const zeros = new Uint8Array(70 << 20)
    const packed = name === 'gzip' ? gzipOf(zeros) : zstdOf(zeros)
    t.regex(String(await outcome(name, packed, [1 << 20])), /more than 200 times its size/)
    const few = zeros.subarray(0, 60 << 20)
    const found = await outcome(name, name === 'gzip' ? gzipOf(few) : zstdOf(few), [1 << 20])
    t.is(found.length, few.byteLength)
  })

test('zstd windows of up to 128 MiB are read', async (t) => {
  const text = bytesOf('within the window')
  t.deepEqual(await outcome('zstd', rawFrame({ content: text, window: 27 })), text)
  for (const window of [28, 31, 41])
    t.regex(String(await outcome('zstd', rawFrame({ content: text, window }))), /window of more than 128 MiB/)
})

test('a zstd frame that needs a dictionary is called that', async (t) => {
  const found = await outcome('zstd', rawFrame({ content: bytesOf('abc'), dictionary: 7 }))
  t.regex(String(found), /needs a dictionary/)
})

test('checksums of zstd are compared', async (t) => {
  const frame = rawFrame({ content: bytesOf('abc') })
  frame[frame.byteLength - 1] = (frame[frame.byteLength - 1] as number) ^ 1
  t.regex(String(await outcome('zstd', frame)), /checksum is not the one/)
})

for (const name of names)
  test(`${name}: an error of the source is passed on, and a reader that stops closes it`, async (t) => {
    const [first] = twoMembers[name]
    let closed = 0
    async function* failing() {
      try {
        yield first
        yield first
        throw new Error('the network is down')
      } finally {
        closed++
      }
    }
    const all = async () => {
      for await (const piece of compressionNamed(name).decompress(failing(), 'a.tar')) t.truthy(piece)
    }
    await t.throwsAsync(all, { message: 'the network is down' })
    for await (const piece of compressionNamed(name).decompress(failing(), 'a.tar')) {
      t.truthy(piece)
      break
    }
    t.is(closed, 2)
  })
