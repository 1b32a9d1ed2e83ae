import { parentPort } from 'node:worker_threads'
import { addRows, type Addition } from './add-rows.js'
import { openFilter, type Filter } from './filter.js'
import { openTiledTopK, type NearestScores, type TiledTopK, type Scores } from './tiled-top-k.js'
import type { Table } from './table.js'

/** A message to a thread. Its arrays are in shared memory, so nothing is copied. */
export type ToThread =
  | { readonly type: 'open'; readonly width: number; readonly fixed: Table | undefined }
  | {
      readonly type: 'score'
      readonly scores: Scores
      readonly vectors: Float32Array
      readonly rows: number
      readonly table: Table | 'fixed'
      readonly k: number
    }
  | { readonly type: 'add'; readonly addition: Addition }
  | { readonly type: 'open filter'; readonly width: number; readonly table: Table }
  | {
      readonly type: 'filter'
      readonly scores: NearestScores
      readonly vectors: Float32Array
      readonly rows: number
      readonly keep: number
    }
  | { readonly type: 'close' }

/** One answer per message, in order. */
export type FromThread = { readonly error?: unknown }

const port = parentPort!
let search: TiledTopK | undefined
let filter: Filter | undefined

/** Messages are worked on one after the other: the next one would overwrite the buffers of the one before. */
let turn = Promise.resolve()

port.on('message', (message: ToThread) => {
  turn = turn
    .then(() => answer(message))
    .then(
      () => port.postMessage({}),
      (error: unknown) => port.postMessage({ error }),
    )
})

async function answer(message: ToThread): Promise<void> {
  switch (message.type) {
    case 'open':
      search = await openTiledTopK(message.width, message.fixed)
      return
    case 'score':
      await search!.fill(message.scores, message.vectors, message.rows, message.table, message.k)
      return
    case 'add':
      addRows(message.addition)
      return
    case 'open filter':
      filter = await openFilter(message.width, message.table)
      return
    case 'filter':
      await filter!.fill(message.scores, message.vectors, message.rows, message.keep)
      return
    case 'close':
      await search?.close()
      await filter?.close()
  }
}
