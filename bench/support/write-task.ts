import { existsSync, statSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pairsOf } from './pairs.js'
import { fakeArtefact, fakeTask, runFake } from '../../test/fakes/task-context.js'
import { fileSource } from '../../src/io/store/local/source.js'
import { openUri } from '../../src/io/store/open.js'
import { encodeAssignments } from '../../src/io/tables/assignments.js'
import { encodeSamples } from '../../src/io/tables/samples.js'
import { TarWriter } from '../../src/io/tar/write.js'
import { hashingSource } from '../../src/runner/task/hashing-source.js'
import { Spool } from '../../src/runner/task/spool.js'
import type { Split } from '../../src/stages/define.js'
import type { WriteOptions } from '../../src/stages/write/options.js'
import { write } from '../../src/stages/write/spec.js'

export const pairsPerTar = 5_000
const imageBytes = 20_000

/** Writes the tars of a crawl, once, to `cache`. */
export async function crawl(cache: string, tars: number): Promise<string[]> {
  const paths: string[] = []
  for (let tar = 0; tar < tars; tar++) {
    const path = join(cache, `${tar}.tar`)
    paths.push(path)
    if (!existsSync(tableOf(path))) await writeFile(tableOf(path), samplesOf(splitOf(path, tar).id))
    if (existsSync(path)) continue
    const folder = `${path}.part`
    await rm(folder, { recursive: true, force: true })
    const spool = new Spool(folder)
    const file = await spool.create('tar')
    const writer = new TarWriter(file)
    for (const { key, image, text } of pairsOf(pairsPerTar, imageBytes)) {
      await writer.add(`${tar}_${key}.jpg`, image)
      await writer.add(`${tar}_${key}.txt`, text)
    }
    await writer.end()
    await file.close()
    await rename(spool.files[0]!.path, path)
    await rm(folder, { recursive: true })
  }
  return paths
}

const tableOf = (tar: string) => `${tar}.samples.arrow`

function splitOf(uri: string, tar: number): Split {
  const id = String(tar).padStart(10, '0')
  return {
    id,
    row_start: 0,
    shard: {
      id,
      uri,
      format: 'webdataset',
      size: existsSync(uri) ? statSync(uri).size : 0,
      identity: `bench:${tar}`,
    },
  }
}

/** The result of `ingest` for a tar. */
function samplesOf(id: string): Uint8Array {
  const length = pairsPerTar
  const column = <T>(value: T): T[] => Array<T>(length).fill(value)
  const key = Array.from({ length }, (_, row) => `${id}${String(row).padStart(8, '0')}`)
  return encodeSamples({
    length,
    row: Uint32Array.from({ length }, (_, row) => row),
    key,
    caption: key.map((each) => `a photo of something, number ${each}, as somebody would describe it`),
    captions: column(null),
    holdout: new Uint8Array(length),
    member: column('x.jpg'),
    offset: new Float64Array(length),
    size: new Float64Array(length),
    url: column(null),
    metadata: column(null),
  })
}

/** Runs the stage alone, with samples assigned to experts in turn; returns its seconds. */
export async function writeExperts(
  tars: readonly string[],
  folder: string,
  experts: number,
  options: WriteOptions,
): Promise<number> {
  const splits = tars.map(splitOf)
  const length = pairsPerTar
  // On disk like an artefact, so that only the memory of the stage is measured.
  const samples = splits.map((split, i) => ({
    ...fakeArtefact('ingest', {}, length, [split]),
    open: async () => fileSource(tableOf(tars[i]!)),
  }))
  const assigned = encodeAssignments({
    length,
    fine: new Uint32Array(length),
    expert: Uint16Array.from({ length }, (_, i) => i % experts),
    distance: new Float32Array(length),
    reason: Array<null>(length).fill(null),
  })
  const assignments = splits.map((split) =>
    fakeArtefact('assign', { 'assignments.arrow': assigned }, length, [split]),
  )
  await mkdir(folder, { recursive: true })
  const { context, accounting } = fakeTask({ options, splits, takes: { samples, assignments } })
  const start = performance.now()
  const digests = new Map<string, string>()
  await runFake(write, {
    ...context,
    kind: 'group',
    params: { group: 0, groups: 1 },
    facts: { experts },
    scratch: folder,
    out: new Spool(join(folder, 'out')),
    openInput: async (shard) => hashingSource(await openUri(shard.uri), shard, digests),
  })
  if (accounting.rows_out !== splits.length * length || digests.size !== splits.length)
    throw new Error(`wrote ${accounting.rows_out} pairs`)
  return (performance.now() - start) / 1000
}
