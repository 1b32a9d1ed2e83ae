import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type Assignments, encodeAssignments } from '../../src/io/tables/assignments.js'
import type { ByteSource } from '../../src/io/source.js'
import { decodeSamples, type Samples } from '../../src/io/tables/samples.js'
import type { Artefact, InputFormat, Split } from '../../src/stages/define.js'
import type { IngestOptions } from '../../src/stages/ingest/options.js'
import { ingest } from '../../src/stages/ingest/spec.js'
import type { WriteOptions } from '../../src/stages/write/options.js'
import { write } from '../../src/stages/write/spec.js'
import { type Crawl, crawlTask, type CrawlTask, plainIngest, splitOf } from './crawl-task.js'
import { temporaryFolder } from './folder.js'
import { fakeArtefact, runFake } from './task-context.js'

export const experts = 3
export const writeOptions: WriteOptions = {
  shard_megabytes: 1,
  format: 'webdataset',
  gpus: 2,
  workers: 1,
  ooc_ratio: 0.2,
  seed: 4,
  most_lost_share: 1,
  order: undefined,
  batch_rows: undefined,
  images: 'header',
}
const ingestOptions: IngestOptions = { ...plainIngest, holdout: { share: 0.2, seed: 3, group_by: 'caption' } }

/** Row i belongs to expert i mod 3; `invalid` has no vector. */
function assigned(length: number, invalid: number): Uint8Array {
  const reason: Assignments['reason'] = Array.from({ length }, (_, i) =>
    i === invalid ? 'vector_zero' : null,
  )
  return encodeAssignments({
    length,
    fine: Uint32Array.from({ length }, (_, i) => i % 7),
    expert: Uint16Array.from({ length }, (_, i) => i % experts),
    distance: new Float32Array(length).fill(0.25),
    reason,
  })
}

export interface Written extends CrawlTask<WriteOptions> {
  readonly artefact: Artefact
  readonly rows: Samples
}

export interface Ingesting {
  /** Options of `ingest`. */
  readonly named?: Partial<IngestOptions>
  /** What becomes of its artefact before `write` is given it. */
  readonly changed?: (samples: Artefact) => Artefact
}

/** The first shard of a crawl through `ingest` and one group of `write`. */
export async function written(
  t: ExecutionContext,
  crawl: Crawl,
  format: InputFormat,
  changes: Partial<WriteOptions> = {},
  invalid = -1,
  open?: (uri: string) => Promise<ByteSource>,
  { named = {}, changed = (samples) => samples }: Ingesting = {},
): Promise<Written> {
  const splits: Split[] = [splitOf(crawl, Object.keys(crawl)[0] as string, format)]
  const first = crawlTask(await temporaryFolder(t), crawl, {
    options: { ...ingestOptions, ...named },
    splits,
  })
  await runFake(ingest, first.context)
  const samples = changed({ ...(await first.finish('ingest')), accounting: first.accounting })
  const rows = decodeSamples(first.files.get('samples.arrow')!)
  const assignments = fakeArtefact(
    'assign',
    { 'assignments.arrow': assigned(rows.length, invalid) },
    rows.length,
    splits,
  )
  const options = { ...writeOptions, ...changes }
  const task = crawlTask(await temporaryFolder(t), crawl, {
    options,
    splits,
    takes: { samples: [samples], assignments: [assignments] },
    kind: 'group',
    params: { group: 0, groups: 1 },
    facts: { experts },
    open,
  })
  await runFake(write, task.context)
  const artefact = await task.finish('write')
  const { rows_in, rows_out, expanded, dropped } = task.accounting
  t.is(
    rows_in + expanded,
    rows_out + Object.values(dropped).reduce((sum, count) => sum + count, 0),
    'the account balances',
  )
  return { ...task, artefact, rows }
}

/** The catalogue of these groups: its files by name. */
export async function catalogueOf(
  t: ExecutionContext,
  groups: readonly Artefact[],
  changes: Partial<WriteOptions> = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  const task = crawlTask<WriteOptions>(
    await temporaryFolder(t),
    {},
    {
      options: { ...writeOptions, ...changes },
      splits: [],
      kind: 'catalogue',
      after: groups.map((group) => ({ ...group, kind: 'group' })),
      facts: { experts },
      key: 'catalogue',
    },
  )
  await runFake(write, task.context)
  await task.finish('write')
  return task.files
}

/** A folder as it is uploaded: the groups by their fingerprints, and the catalogue's files beside them. */
export async function layOut(
  t: ExecutionContext,
  group: Written,
  catalogue: ReadonlyMap<string, Uint8Array>,
): Promise<string> {
  const folder = await temporaryFolder(t)
  const files = [
    ...[...group.files].map(([name, bytes]) => [`${group.artefact.fingerprint}/${name}`, bytes] as const),
    ...catalogue,
  ]
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
  return folder
}
