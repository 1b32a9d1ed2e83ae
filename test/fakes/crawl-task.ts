import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../src/core/digest.js'
import type { Json } from '../../src/core/json.js'
import { type ByteSource, memorySource } from '../../src/io/source.js'
import type { IngestOptions } from '../../src/stages/ingest/options.js'
import { Spool } from '../../src/runner/task/spool.js'
import type { Artefact, Facts, InputFormat, Split } from '../../src/stages/define.js'
import { fakeArtefact, fakeTask, type FakeTask, type FakeContext } from './task-context.js'

/** The defaults, with nothing held out. */
export const plainIngest: IngestOptions = {
  caption: 'first',
  seed: 0,
  min_characters: 1,
  max_characters: 1000,
  caption_field: undefined,
  image_field: undefined,
  url_field: undefined,
  metadata: ['*'],
  on_broken_shard: 'fail',
  holdout: undefined,
}

/** Input shards in memory, by URI. */
export type Crawl = { readonly [uri: string]: Uint8Array }

export function splitOf(
  crawl: Crawl,
  uri: string,
  format: InputFormat,
  rows?: readonly [number, number],
): Split {
  const bytes = crawl[uri] as Uint8Array
  const identity = `sha256:${sha256(bytes)}`
  const id = sha256(identity).slice(0, 10)
  const shard = { id, uri, format, size: bytes.byteLength, identity }
  return rows
    ? { id: sha256(`${identity} ${rows[0]}`).slice(0, 10), shard, row_start: rows[0], row_end: rows[1] }
    : { id, shard, row_start: 0 }
}

export interface CrawlTask<O> extends FakeTask<O> {
  /** The task's artefact for tasks after it. */
  finish(stage: string): Promise<Artefact>
}

/**
 * A task over a crawl in memory (or where `open` finds it), its files spooled in `folder` as the runner does
 * it.
 */
export function crawlTask<O>(
  folder: string,
  crawl: Crawl,
  given: {
    readonly options: O
    readonly splits: readonly Split[]
    readonly takes?: { readonly [port: string]: readonly Artefact[] }
    readonly params?: Json
    readonly facts?: Facts
    readonly after?: readonly Artefact[]
    readonly key?: string
    readonly kind?: string
    readonly open?: ((uri: string) => Promise<ByteSource>) | undefined
  },
): CrawlTask<O> {
  const fake = fakeTask(given)
  const spool = new Spool(join(folder, 'out'))
  const inMemory = async (uri: string) => {
    const bytes = crawl[uri]
    if (!bytes) throw new Error(`no file ${uri}`)
    return memorySource(uri, bytes)
  }
  const open = given.open ?? inMemory
  const context: FakeContext<O> = {
    ...fake.context,
    key: given.key ?? 'task',
    kind: given.kind ?? 'task',
    params: given.params,
    facts: given.facts ?? {},
    after: given.after ?? [],
    scratch: folder,
    out: spool,
    openInput: (shard) => open(shard.uri),
    openUri: open,
  }
  return {
    ...fake,
    context,
    async finish(stage) {
      for (const file of spool.files) fake.files.set(file.name, await readFile(file.path))
      const artefact = fakeArtefact(
        stage,
        Object.fromEntries(fake.files),
        fake.accounting.rows_out,
        given.splits,
      )
      const rows = new Map(spool.files.map((file) => [file.name, file.rows]))
      return {
        ...artefact,
        notes: fake.notes,
        files: artefact.files.map((file) => ({ ...file, rows: rows.get(file.name) })),
      }
    },
  }
}
