import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mapConcurrently } from '../core/concurrency.js'
import { digestOfJson, sha256 } from '../core/digest.js'
import { canonicalJsonPretty } from '../core/json.js'
import { Random, rowKey, unitOfRow } from '../core/random.js'
import { layOut } from './layout.js'
import { sourceNames, type Pair } from './pair.js'
import { picture } from './picture.js'
import { openPictures } from './pictures.js'
import { render, rendererIdentity } from './render.js'
import { spoiltRows } from './spoilt.js'

/** Raised whenever the same packages would produce other shards. */
const version = 1

export interface Corpus {
  readonly pairs: number
  readonly by_source: { readonly [source: string]: number }
  readonly shards: readonly { readonly name: string; readonly size: number; readonly sha256: string }[]
}

export interface CorpusOptions {
  /** About how many pairs to take, evenly from every source: for tests. */
  readonly pairs?: number | undefined
  readonly progress?: ((drawn: number, total: number) => void) | undefined
}

/**
 * Draws the pictures of the installed packages and lays them out as a crawl in `folder`: three snappy and
 * three zstd parquet shards and three tars, and `corpus.json`, which is written last. A folder that already
 * holds the same corpus is left as it is.
 */
export async function makeCorpus(
  folder: string,
  options: CorpusOptions = {},
): Promise<Corpus & { readonly made: boolean }> {
  const { from, identity: pictured } = await openPictures()
  const identity = digestOfJson({
    version,
    renderer: rendererIdentity(),
    pictures: pictured,
    packages: from.packageIdentities(),
    pairs: options.pairs,
  })
  const stamp = join(folder, 'corpus.json')
  const kept = await readCorpus(folder, identity)
  if (kept) return { ...kept, made: false }
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const pairs = choosePairs(from.pairsBySource(draw), options.pairs)
  let drawn = 0
  const pictures = await mapConcurrently(pairs, 4, async (pair) => {
    const bytes = await render(pair)
    options.progress?.(++drawn, pairs.length)
    return picture(pair, bytes)
  })
  const rows = new Random('quickstart', 'order').shuffle([...pictures, ...spoiltRows(pictures)])
  const shards = []
  for (const { name, bytes } of await layOut(rows)) {
    await writeFile(join(folder, name), bytes)
    shards.push({ name, size: bytes.length, sha256: sha256(bytes) })
  }
  const corpus: Corpus = { pairs: rows.length, by_source: countBySource(pairs), shards }
  await writeFile(`${stamp}.part`, `${canonicalJsonPretty({ identity, ...corpus })}\n`)
  await rename(`${stamp}.part`, stamp)
  return { ...corpus, made: true }
}

/** Wordings and choices depend only on the name, so that a pair keeps them when the corpus grows. */
function draw(purpose: string, name: string): number {
  return unitOfRow(rowKey('quickstart', purpose, name), 0)
}

function choosePairs(sources: readonly Pair[][], limit: number | undefined): Pair[] {
  if (limit === undefined) return sources.flat()
  const total = sources.reduce((sum, pairs) => sum + pairs.length, 0)
  const step = Math.max(1, total / limit)
  return sources.flatMap((pairs) =>
    Array.from({ length: Math.floor(pairs.length / step) }, (_, index) => pairs[Math.floor(index * step)]!),
  )
}

/** The result of an earlier call, if it is the same corpus and complete. */
async function readCorpus(folder: string, identity: string): Promise<Corpus | undefined> {
  try {
    const { identity: made, ...corpus } = JSON.parse(
      await readFile(join(folder, 'corpus.json'), 'utf8'),
    ) as Corpus & { identity: string }
    const sizes = await Promise.all(
      corpus.shards.map(async ({ name }) => (await stat(join(folder, name))).size),
    )
    return made === identity && corpus.shards.every(({ size }, index) => size === sizes[index])
      ? corpus
      : undefined
  } catch {
    return undefined
  }
}

function countBySource(pairs: readonly Pair[]): { [source: string]: number } {
  return Object.fromEntries(
    sourceNames.map((name) => [name, pairs.filter(({ source }) => source === name).length]),
  )
}
