import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { PipelineError } from '../../src/core/error.js'
import { Random } from '../../src/core/random.js'
import { type CrawlFormat, crawlRows } from '../../src/io/crawl/read.js'
import { memorySource } from '../../src/io/source.js'
import { picture, tarOf } from '../fakes/crawl.js'

/** Damaged shards: cut short, one bit flipped, several bits flipped. 200 of each format, 2,000 at night. */
const rounds = process.env.COTERIE_NIGHTLY ? 2000 : 200
const slowest = 20_000

function mutant(bytes: Uint8Array, random: Random): Uint8Array {
  const kind = random.below(3)
  if (kind === 0) return bytes.slice(0, random.below(bytes.byteLength))
  const damaged = bytes.slice()
  for (let flips = kind === 1 ? 1 : 1 + random.below(8); flips > 0; flips--) {
    const at = random.below(damaged.byteLength)
    damaged[at] = (damaged[at] as number) ^ (1 << random.below(8))
  }
  return damaged
}

async function rowsOf(format: CrawlFormat, bytes: Uint8Array): Promise<number | string> {
  let rows = 0
  try {
    const request = { row_start: 0, row_end: undefined, images: true, metadata: ['*'] }
    for await (const _ of crawlRows(format, memorySource('mutant', bytes), request, async () => Promise.reject(new Error('no sibling')))) rows += 1
    return rows
  } catch (error) {
    if (error instanceof PipelineError && (error.place ?? '').startsWith('mutant')) return error.code
    throw error
  }
}

test('a damaged parquet file gives all of its rows or a named refusal, in bounded time', async (t) => {
  t.timeout(600_000)
  const folder = join(import.meta.dirname, '../golden/parquet/files')
  const names = (await readdir(folder)).filter((name) => /^(snappy-v1|zstd-v2|hf-struct|encodings|caption-lists|gzip-v2|lz4-v1|brotli-v1|none-v1)\.parquet$/.test(name)).sort()
  const files = await Promise.all(names.map(async (name) => new Uint8Array(await readFile(join(folder, name)))))
  const random = new Random('parquet mutants')
  const outcomes = new Map<string | number, number>()
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const outcome = await rowsOf('parquet', mutant(files[round % files.length] as Uint8Array, random))
    t.true(performance.now() - start < slowest, `mutant ${round} of ${names[round % files.length]} took ${performance.now() - start} ms`)
    t.true(outcome === 60 || typeof outcome === 'string', `mutant ${round} of ${names[round % files.length]} gave ${outcome} of 60 rows`)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  t.log(Object.fromEntries(outcomes))
  t.true((outcomes.get('E_PARQUET_DAMAGED') ?? 0) > rounds / 3, 'the damage was there')
})

test('a damaged tar gives its rows or a named refusal', async (t) => {
  t.timeout(600_000)
  const members: [string, Uint8Array | string][] = []
  for (let i = 0; i < 6; i++) members.push([`k${i}.png`, await picture(i)], [`k${i}.txt`, `caption ${i}`], [`k${i}.json`, `{"n": ${i}}`])
  const tar = await tarOf(members)
  const random = new Random('tar mutants')
  const outcomes = new Map<string | number, number>()
  for (let round = 0; round < rounds; round++) {
    const outcome = await rowsOf('webdataset', mutant(tar, random))
    // Bits of an image, a caption or padding are no business of the tar; a lost member would show as fewer rows.
    t.true(outcome === 6 || outcome === 'E_TAR_CORRUPT' || outcome === 'E_TAR_TRUNCATED', `mutant ${round} gave ${outcome}`)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  t.log(Object.fromEntries(outcomes))
  t.true((outcomes.get('E_TAR_TRUNCATED') ?? 0) > rounds / 5)
})
