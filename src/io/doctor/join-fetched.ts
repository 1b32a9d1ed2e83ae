import { concatenate } from '../../core/concatenate.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { PipelineError } from '../../core/error.js'
import { listInputs } from '../inputs/list.js'
import { openParquet } from '../parquet/read.js'
import type { ByteSource } from '../source.js'
import type { StoreSettings } from '../store/backends.js'
import { openUri } from '../store/open.js'
import { tableOf } from '../crawl/formats.js'
import { fetchReason } from '../crawl/fetch-trouble.js'
import { keyHash } from './key-hash.js'

/** The outcome of fetching one training set's list of URLs. `listed = fetched + Σ lost`. */
export interface Fetched {
  readonly listed: number
  readonly fetched: number
  /**
   * Reason → count: `download_failed`, `resize_failed`, `fetch_failed`; `not_tried` if no table of
   * img2dataset has the sample.
   */
  readonly lost: { readonly [reason: string]: number }
  /** Fetched samples that are not in the lists, or were fetched twice. */
  readonly strangers: number
  /** The tars with their numbers of fetched samples. */
  readonly shards: readonly { readonly uri: string; readonly rows: number }[]
}

/**
 * Compares img2dataset's output with the lists of `write`, by the column `sample_key`. Reads keys and
 * states, never an image, and needs 9 bytes of memory per listed sample. `lists` and `fetched` are folders,
 * patterns or files. Throws `E_COLUMN` if a table lacks the keys.
 */
export async function joinFetched(
  lists: string,
  fetched: string,
  settings?: StoreSettings,
): Promise<Fetched> {
  const listed = await listedKeys(
    (await listInputs({ uri: lists, format: 'parquet' }, settings)).map(({ uri }) => uri),
    settings,
  )
  const state = new Uint8Array(listed.length)
  const reasons: string[] = []
  let strangers = 0
  const tars = await listInputs({ uri: fetched, format: 'img2dataset' }, settings)
  const rows: number[] = []
  for (const { uri } of tars) {
    let successes = 0
    for await (const { key, reason } of tableRows(await openUri(tableOf(uri), settings))) {
      const at = search(listed, keyHash(key))
      if (at < 0 || state[at] === fetchedState) strangers += 1
      if (reason === undefined) successes += 1
      if (at >= 0 && state[at] !== fetchedState)
        state[at] = reason === undefined ? fetchedState : stateOf(reason, reasons)
    }
    rows.push(successes)
  }
  const lost: { [reason: string]: number } = {}
  let found = 0
  for (const each of state) {
    if (each === fetchedState) found += 1
    else {
      const reason = each === 0 ? 'not_tried' : (reasons[each - firstReason] as string)
      lost[reason] = (lost[reason] ?? 0) + 1
    }
  }
  return {
    listed: listed.length,
    fetched: found,
    lost,
    strangers,
    shards: tars.map(({ uri }, i) => ({ uri, rows: rows[i] as number })),
  }
}

const fetchedState = 1
const firstReason = 2

function stateOf(reason: string, reasons: string[]): number {
  const known = reasons.indexOf(reason)
  return (known < 0 ? reasons.push(reason) - 1 : known) + firstReason
}

/** Hashes of all keys of the lists, sorted, without duplicates: keys with the same hash count as one. */
async function listedKeys(
  uris: readonly string[],
  settings: StoreSettings | undefined,
): Promise<Float64Array> {
  const parts = await mapConcurrently(uris, 4, async (uri) => {
    const file = await openParquet(await openUri(uri, settings))
    requireColumns(file.columns, ['sample_key'], uri)
    const hashes = new Float64Array(file.rows)
    for await (const { row_start, rows, columns } of file.read(['sample_key']))
      for (let i = 0; i < rows; i++) hashes[row_start + i] = keyHash(String(columns.sample_key?.[i]))
    return hashes
  })
  const all = concatenate(Float64Array, parts).sort()
  return all.filter((hash, i) => i === 0 || hash !== all[i - 1])
}

async function* tableRows(table: ByteSource): AsyncIterable<{ key: string; reason: string | undefined }> {
  const file = await openParquet(table)
  requireColumns(file.columns, ['sample_key', 'status'], table.uri)
  for await (const { rows, columns } of file.read(['sample_key', 'status'])) {
    for (let i = 0; i < rows; i++) {
      const status = String(columns.status?.[i])
      yield {
        key: String(columns.sample_key?.[i]),
        reason: status === 'success' ? undefined : fetchReason(status),
      }
    }
  }
}

function requireColumns(
  columns: readonly { readonly name: string }[],
  names: readonly string[],
  place: string,
): void {
  if (names.every((name) => columns.some((column) => column.name === name))) return
  throw new PipelineError({
    code: 'E_COLUMN',
    message: 'this table does not identify its samples',
    place,
    expected: names.join(', '),
    found: columns.map(({ name }) => name).join(', '),
    hint:
      'run img2dataset with ' +
      '--save_additional_columns \'["sample_key","crawl_key","fine","expert","ooc"]\'',
  })
}

/** Position in a sorted array, or -1. */
function search(sorted: Float64Array, wanted: number): number {
  let [low, high] = [0, sorted.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const value = sorted[middle] as number
    if (value === wanted) return middle
    if (value < wanted) low = middle + 1
    else high = middle - 1
  }
  return -1
}
