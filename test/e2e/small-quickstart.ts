import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCorpus, type Corpus } from '../../src/quickstart/corpus.js'

export interface SmallQuickstart {
  readonly folder: string
  readonly crawl: string
  readonly corpus: Corpus
  /** A manifest beside the crawl. Its options are small, so that a whole run takes seconds. */
  manifest(name: string): Promise<string>
  remove(): Promise<void>
}

/** A slice of the quickstart's crawl, for whole runs in tests. */
export async function smallQuickstart(pairs: number): Promise<SmallQuickstart> {
  const folder = await mkdtemp(join(tmpdir(), 'coterie-e2e-'))
  const crawl = join(folder, 'crawl')
  const corpus = await makeCorpus(crawl, { pairs })
  return {
    folder,
    crawl,
    corpus,
    manifest: async (name) => {
      const own = join(folder, name)
      await mkdir(own, { recursive: true })
      const path = join(own, 'small.yaml')
      await writeFile(path, smallManifest)
      return path
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/**
 * One more input shard that was not there before: the same rows under another name are another shard only if
 * the bytes differ.
 */
export async function addShard(small: SmallQuickstart, name: string): Promise<void> {
  const other = join(small.folder, 'other')
  const corpus = await makeCorpus(other, { pairs: small.corpus.pairs + 40 })
  const shard = corpus.shards.find((candidate) => candidate.name.endsWith('.parquet'))!
  await copyFile(join(other, shard.name), join(small.crawl, name))
}

const smallManifest = `name: small
pipeline: mode
input: { uri: [../crawl/*.parquet, ../crawl/*.tar] }
holdout: { share: 0.2, seed: 5, group_by: twins }
evaluation:
  emoji-groups: { type: classification, from: holdout, label: emoji_group }
  find-the-picture: { type: retrieval, from: holdout }
store: store
stages:
  cluster: { fine: 12, experts: 2, seed: 17 }
  write: { shard_megabytes: 1 }
  train: { baselines: [random], adapter: { dictionary: 16, dictionary_patches: 2000 } }
`
