import { parentPort } from 'node:worker_threads'
import { addRows, type Addition } from './add-rows.js'
import { openFilter, type Filter } from './filter.js'
import { openProduct, type NearestScores, type Product, type Scores } from './product.js'
import type { Table } from './table.js'

/** What goes to a lane. Arrays lie in shared memory, so nothing is copied on the way. */
export type ToLane =
  | { readonly type: 'open'; readonly width: number; readonly fixed: Table | undefined }
  | {
      readonly type: 'score'
      readonly scores: Scores
      readonly vectors: Float32Array
      readonly rows: number
      readonly table: Table | 'fixed'
      readonly depth: number
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

/** One answer to each message, in order. */
export type FromLane = { readonly error?: unknown }

const port = parentPort!
let product: Product | undefined
let filter: Filter | undefined

/** One after the other: what waits for its turn must not write into the buffers of the one before. */
let turn = Promise.resolve()

port.on('message', (message: ToLane) => {
  turn = turn
    .then(() => answer(message))
    .then(
      () => port.postMessage({}),
      (error: unknown) => port.postMessage({ error }),
    )
})

async function answer(message: ToLane): Promise<void> {
  switch (message.type) {
    case 'open':
      product = await openProduct(message.width, message.fixed)
      return
    case 'score':
      await product!.into(message.scores, message.vectors, message.rows, message.table, message.depth)
      return
    case 'add':
      addRows(message.addition)
      return
    case 'open filter':
      filter = await openFilter(message.width, message.table)
      return
    case 'filter':
      await filter!.into(message.scores, message.vectors, message.rows, message.keep)
      return
    case 'close':
      await product?.close()
      await filter?.close()
  }
}
