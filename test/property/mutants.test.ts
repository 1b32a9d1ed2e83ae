import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Random } from '../../src/core/random.js'
import type { InputFormat } from '../../src/io/crawl/formats.js'
import { readCapped } from '../fakes/capped-reader.js'
import { picture, tarOf } from '../fakes/crawl.js'
import { temporaryFolder } from '../fakes/folder.js'

/**
 * Damaged shards: cut short, one bit flipped, several bits flipped, a byte range overwritten. 200 of each
 * format, 2,000 at night.
 */
const rounds = process.env.COTERIE_LONG ? 2000 : 200

function mutant(bytes: Uint8Array, random: Random): Uint8Array {
  const kind = random.below(4)
  if (kind === 0) return bytes.slice(0, random.below(bytes.byteLength))
  const damaged = bytes.slice()
  if (kind === 1) {
    const at = random.below(damaged.byteLength)
    return damaged.fill([0, 255, 127, 128][random.below(4)] as number, at, at + 1 + random.below(8))
  }
  for (let flips = kind === 2 ? 1 : 1 + random.below(8); flips > 0; flips--) {
    const at = random.below(damaged.byteLength)
    damaged[at] = (damaged[at] as number) ^ (1 << random.below(8))
  }
  return damaged
}

/** Reads the mutants in a process with caps on heap and time; gives the outcomes in order. */
async function outcomesOf(
  t: ExecutionContext,
  format: InputFormat,
  originals: readonly (readonly [name: string, bytes: Uint8Array])[],
  seed: string,
): Promise<string[]> {
  const folder = await temporaryFolder(t)
  const random = new Random(seed)
  const shards: { format: InputFormat; path: string }[] = []
  for (let round = 0; round < rounds; round++) {
    const [name, bytes] = originals[round % originals.length] as readonly [string, Uint8Array]
    const path = join(folder, `${round}-${basename(name)}`)
    await writeFile(path, mutant(bytes, random))
    shards.push({ format, path })
  }
  const outcomes = await readCapped(shards)
  const counts: { [outcome: string]: number } = {}
  for (const outcome of outcomes.values()) counts[outcome] = (counts[outcome] ?? 0) + 1
  t.log(counts)
  return shards.map(({ path }) => outcomes.get(path) as string)
}

test('a damaged parquet file yields all rows or a named error, within limits', async (t) => {
  t.timeout(900_000)
  const folder = join(import.meta.dirname, '../golden/parquet/files')
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.parquet') && name !== 'empty.parquet')
    .sort()
  const originals = await Promise.all(
    names.map(async (name) => [name, new Uint8Array(await readFile(join(folder, name)))] as const),
  )
  const outcomes = await outcomesOf(t, 'parquet', originals, 'parquet mutants')
  outcomes.forEach((outcome, round) =>
    t.true(
      outcome === '60' || /^E_(PARQUET_DAMAGED|PARQUET_ENCRYPTED|COLUMN)$/.test(outcome),
      `mutant ${round} of ${names[round % names.length]} gave ${outcome} of 60 rows`,
    ),
  )
  t.true(
    outcomes.filter((outcome) => outcome === 'E_PARQUET_DAMAGED').length > rounds / 3,
    'the damage was there',
  )
})

test('a damaged tar yields its rows or a named error, within limits of heap and time', async (t) => {
  t.timeout(900_000)
  const members: [string, Uint8Array | string][] = []
  for (let i = 0; i < 6; i++)
    members.push(
      [`k${i}.png`, await picture(i)],
      [`k${i}.txt`, `caption ${i}`],
      [`k${i}.json`, `{"n": ${i}}`],
    )
  const outcomes = await outcomesOf(t, 'webdataset', [['a.tar', await tarOf(members)]], 'tar mutants')
  // Bits of an image, a caption or padding are no business of the tar; a lost member would show as fewer
  // rows.
  outcomes.forEach((outcome, round) =>
    t.true(
      ['6', 'E_TAR_CORRUPT', 'E_TAR_TRUNCATED', 'E_FORMAT_UNKNOWN'].includes(outcome),
      `mutant ${round} gave ${outcome}`,
    ),
  )
  t.true(outcomes.filter((outcome) => outcome === 'E_TAR_TRUNCATED').length > rounds / 8)
})
