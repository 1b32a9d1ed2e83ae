import { parentPort } from 'node:worker_threads'
import { addRows, type Addition } from './add-rows.js'
import { openProduct, type Product, type Scores } from './product.js'
import type { Table } from './table.js'

/** What goes to a lane. Arrays lie in shared memory, so nothing is copied on the way. */
export type ToLane =
  | { readonly type: 'open'; readonly width: number; readonly fixed: Table | undefined }
  | { readonly type: 'score'; readonly scores: Scores; readonly vectors: Float32Array; readonly rows: number; readonly table: Table | 'fixed'; readonly depth: number }
  | { readonly type: 'add'; readonly addition: Addition }
  | { readonly type: 'close' }

/** One answer to each message, in order. */
export type FromLane = { readonly error?: unknown }

const port = parentPort!
let product: Product
let fixed: Table | undefined

port.on('message', (message: ToLane) => {
  void answer(message).then(
    () => port.postMessage({}),
    (error: unknown) => port.postMessage({ error }),
  )
})

async function answer(message: ToLane): Promise<void> {
  switch (message.type) {
    case 'open':
      fixed = message.fixed && { ...message.fixed, centres: message.fixed.centres.slice(), bias: message.fixed.bias.slice() }
      product = await openProduct(message.width, fixed)
      return
    case 'score':
      await product.into(message.scores, message.vectors, message.rows, message.table === 'fixed' ? fixed! : message.table, message.depth)
      return
    case 'add':
      addRows(message.addition)
      return
    case 'close':
      await product.close()
  }
}
