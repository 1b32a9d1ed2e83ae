import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { Zstd } from '@hpcc-js/wasm-zstd'
import test, { type ExecutionContext } from 'ava'
import type { CompressionCodec } from 'hyparquet'
import { ByteWriter, parquetWrite } from 'hyparquet-writer'
import type { PipelineError } from '../../../../src/core/error.js'
import { readHybrid } from '../../../../src/io/parquet/hybrid.js'
import { openParquet } from '../../../../src/io/parquet/read.js'
import { memorySource } from '../../../../src/io/source.js'
import { readCapped } from '../../../fakes/capped-reader.js'
import { temporaryFolder } from '../../../fakes/folder.js'

/**
 * Decompression bombs and forged counts. Each file differs in one lie from a file that is
 * read.
 */

const rows = 1000
const captions = Array.from({ length: rows }, (_, i) => `caption ${i % 7}`)

interface Lie {
  /** What the compressor gives for a page of these bytes. */
  readonly page?: (bytes: Uint8Array) => Uint8Array
  readonly codec?: CompressionCodec
  /** Changes the finished file. */
  readonly file?: (bytes: Buffer) => Buffer
}

const honest = (bytes: Uint8Array) => bytes

function parquet({ page = honest, codec = 'GZIP', file = (bytes) => bytes }: Lie): Uint8Array {
  const writer = new ByteWriter()
  void parquetWrite({
    writer,
    columnData: [
      { name: 'caption', data: captions, type: 'STRING' },
      { name: 'url', data: captions.map((_, i) => `https://example.org/${i}`), type: 'STRING' },
    ],
    codec,
    compressors: { [codec]: page },
  })
  return new Uint8Array(file(Buffer.from(writer.getBuffer())))
}

const zstd = await Zstd.load()
const bomb = new Uint8Array(128 << 20)
/** A snappy stream that says it holds four gigabytes. */
const snappyBomb = Uint8Array.from([
  0xff,
  0xff,
  0xff,
  0xff,
  0x0f,
  0,
  65,
  ...Array.from({ length: 4000 }, () => [0xfe, 1, 0]).flat(),
])

/** A zstd frame of 8,192 blocks, each 128 KB of one repeated byte (RFC 8878): a gigabyte in 32 KB. */
function zstdBomb(): Uint8Array {
  const blocks = 8192
  const header = 0b010 | ((128 << 10) << 3)
  const frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]
  for (let block = 1; block <= blocks; block++) {
    const last = header | (block === blocks ? 1 : 0)
    frame.push(last & 255, (last >> 8) & 255, last >> 16, 65)
  }
  return Uint8Array.from(frame)
}

const lies: { readonly [name: string]: Lie } = {
  'gzip pages that unfold to 128 MB': { page: () => gzipSync(bomb, { level: 1 }) },
  'zstd pages that unfold to a gigabyte': { codec: 'ZSTD', page: zstdBomb },
  'brotli pages that unfold to 128 MB': {
    codec: 'BROTLI',
    page: () => brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  },
  'snappy pages that promise 4 GB': { codec: 'SNAPPY', page: () => snappyBomb },
  'lz4 pages of endless repeats': {
    codec: 'LZ4_RAW',
    page: () => Uint8Array.from([0x1f, 65, 1, 0, ...Array.from({ length: 1 << 20 }, () => 255)]),
  },
  'runs of two thousand million values': { page: (bytes) => gzipSync(forgedRuns(bytes)) },
  'indices into a dictionary that ends before them': {
    page: (bytes) => gzipSync(bytes.map((byte, i) => (i === 0 ? 32 : byte))),
  },
}

/** Dictionary indices: a width, then one run of as many values as a header can say. */
function forgedRuns(bytes: Uint8Array): Uint8Array {
  const forged = new Uint8Array(bytes.length)
  forged.set([8, 0xfe, 0xff, 0xff, 0xff, 0x0f, 200])
  return forged
}

async function write(
  t: ExecutionContext,
  files: { readonly [name: string]: Uint8Array },
): Promise<{ format: 'parquet'; path: string }[]> {
  const folder = await temporaryFolder(t)
  return Promise.all(
    Object.entries(files).map(async ([name, bytes]) => {
      const path = join(folder, `${name.replaceAll(' ', '-')}.parquet`)
      await writeFile(path, bytes)
      return { format: 'parquet' as const, path }
    }),
  )
}

test('pages larger than their header says, and runs beyond their page, are refused early', async (t) => {
  const truth = {
    gzip: parquet({ page: gzipSync }),
    zstd: parquet({ codec: 'ZSTD', page: (bytes) => zstd.compress(bytes, 1) }),
    brotli: parquet({ codec: 'BROTLI', page: brotliCompressSync }),
  }
  const honestFiles = await write(t, truth)
  const hostile = await write(
    t,
    Object.fromEntries(Object.entries(lies).map(([name, lie]) => [name, parquet(lie)])),
  )
  const outcomes = await readCapped([...honestFiles, ...hostile])
  for (const { path } of honestFiles) t.is(outcomes.get(path), String(rows), path)
  for (const { path } of hostile) t.is(outcomes.get(path), 'E_PARQUET_DAMAGED', path)
})

test('a run longer than wanted is cut, whatever length it claims', (t) => {
  const started = performance.now()
  t.deepEqual(
    [...readHybrid(Uint8Array.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 3]), 0, 6, 2, 5)],
    [3, 3, 3, 3, 3],
  )
  t.deepEqual(
    [...readHybrid(Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0b11100100]), 0, 6, 2, 4)],
    [0, 1, 2, 3],
  )
  t.true(performance.now() - started < 1000)
  t.throws(() => readHybrid(Uint8Array.from([2, 1]), 0, 2, 1, 5), { message: /1 values where 5 are due/ })
  t.throws(() => readHybrid(Uint8Array.from([0, 1, 0, 1, 0]), 0, 5, 1, 5), {
    message: /0 values where 5 are due/,
  })
  t.throws(() => readHybrid(new Uint8Array(9).fill(0x80), 0, 9, 1, 5), { message: /where 5 are due/ })
})

test('values of every width are unpacked, in runs and in groups', (t) => {
  for (let width = 1; width <= 32; width++) {
    const wanted = Array.from({ length: 16 }, (_, i) => (0x9e3779b9 * (i + 1)) % 2 ** width)
    const bits = wanted.flatMap((value) =>
      Array.from({ length: width }, (_, bit) => Math.floor(value / 2 ** bit) % 2),
    )
    const packed = Array.from({ length: width * 2 }, (_, at) =>
      bits.slice(at * 8, at * 8 + 8).reduce((sum, bit, k) => sum + bit * 2 ** k, 0),
    )
    t.deepEqual(
      [...readHybrid(Uint8Array.from([5, ...packed]), 0, 1 + packed.length, width, 16)],
      wanted,
      `${width} bits`,
    )
    const bytes = Array.from(
      { length: (width + 7) >> 3 },
      (_, k) => Math.floor((wanted[0] as number) / 2 ** (8 * k)) % 256,
    )
    t.deepEqual(
      [...readHybrid(Uint8Array.from([6, ...bytes]), 0, 1 + bytes.length, width, 3)],
      Array(3).fill(wanted[0]),
      `a run of ${width} bits`,
    )
  }
})

/** Thrift's variable-length integers; the footer's field headers stay. */
const varint = (value: bigint): number[] =>
  value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)]
const zigzag = (value: bigint) => varint(value * 2n)

function replaceAll(file: Buffer, from: readonly number[], to: readonly number[]): Buffer {
  const footerLength = file.readUInt32LE(file.length - 8)
  const start = file.length - 8 - footerLength
  const parts: Buffer[] = []
  let footer = file.subarray(start, file.length - 8)
  for (let at = footer.indexOf(Buffer.from(from)); at >= 0; at = footer.indexOf(Buffer.from(from))) {
    parts.push(footer.subarray(0, at), Buffer.from(to))
    footer = footer.subarray(at + from.length)
  }
  const changed = Buffer.concat([...parts, footer])
  const end = Buffer.alloc(8)
  end.writeUInt32LE(changed.length)
  end.write('PAR1', 4)
  return Buffer.concat([file.subarray(0, start), changed, end])
}

test('a footer with wrong counts or sizes is refused before anything is allocated', async (t) => {
  const file = Buffer.from(parquet({ page: gzipSync }))
  const forged = {
    rows: replaceAll(file, zigzag(BigInt(rows)), zigzag(2n ** 50n)),
    'some rows': replaceAll(file, zigzag(BigInt(rows)), zigzag(2n ** 25n)),
    length: Buffer.from(file),
  }
  t.true(forged.rows.length > file.length, 'the count was found and replaced')
  forged.length.writeUInt32LE(0x7fffffff, file.length - 8)
  const files = await write(t, forged)
  const outcomes = await readCapped(files)
  for (const { path } of files) t.is(outcomes.get(path), 'E_PARQUET_DAMAGED', path)
  const error = await t.throwsAsync<PipelineError>(
    openParquet(memorySource('cut', file.subarray(0, file.length - 20))),
  )
  t.is(error.code, 'E_PARQUET_DAMAGED')
})
