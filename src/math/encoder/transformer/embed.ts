import { PipelineError } from '../../../core/error.js'
import { halfToFloat } from '../../../core/half.js'
import type { Embedding, InvalidReason, Watch } from '../encoder.js'
import { normaliseInto } from '../unit-vector.js'
import type { CaptionTokenizer } from '../tokenizer/tokenizer.js'
import { planBatches, type Batch } from './batches.js'
import { applyDense } from './dense.js'
import { feedsOf, type EncoderGraph } from './graph.js'
import { poolTokens } from './pool.js'
import type { TransformerSettings } from './settings.js'

export interface TransformerModel {
  readonly graph: EncoderGraph
  readonly tokenizer: CaptionTokenizer
  readonly settings: TransformerSettings
  /** Width of the graph's output. */
  readonly hidden: number
  readonly width: number
  /** Padded tokens per batch. */
  readonly batch_tokens: number
}

/** Embeds every distinct caption once, in batches of equal padded length. */
export async function embedTransformer(
  model: TransformerModel,
  captions: readonly string[],
  watch: Watch = {},
): Promise<Embedding> {
  const { rowsOf, distinct } = distinctCaptions(captions)
  const tokens = distinct.map((caption) => tokenIds(model, caption))
  const batches = planBatches(
    tokens.map((ids) => ids.length),
    model.settings.max_tokens,
    model.batch_tokens,
  )
  const vectors = new Float32Array(captions.length * model.width)
  const invalid: { index: number; reason: InvalidReason }[] = []
  let done = 0
  for (const batch of batches) {
    watch.signal?.throwIfAborted()
    const states = await runBatch(model, batch, tokens)
    batch.rows.forEach((row, index) => {
      const vector = vectorOf(model, states, index, batch.length, (tokens[row] as Int32Array).length)
      const targets = rowsOf[row] as number[]
      const reason = normaliseInto(vector, vectors, (targets[0] as number) * model.width)
      for (const target of targets) {
        if (reason) invalid.push({ index: target, reason })
        else
          vectors.copyWithin(
            target * model.width,
            (targets[0] as number) * model.width,
            ((targets[0] as number) + 1) * model.width,
          )
      }
      done += targets.length
    })
    watch.progress?.(done)
  }
  invalid.sort((a, b) => a.index - b.index)
  return { vectors, invalid }
}

function distinctCaptions(captions: readonly string[]): { distinct: string[]; rowsOf: number[][] } {
  const rowsByCaption = new Map<string, number[]>()
  captions.forEach((caption, row) => {
    const rows = rowsByCaption.get(caption)
    if (rows) rows.push(row)
    else rowsByCaption.set(caption, [row])
  })
  return { distinct: [...rowsByCaption.keys()], rowsOf: [...rowsByCaption.values()] }
}

export function tokenIds(
  { tokenizer, settings }: Pick<TransformerModel, 'tokenizer' | 'settings'>,
  caption: string,
): Int32Array {
  const { before, after } = tokenizer
  const inner = tokenizer.encode(
    settings.prompt + caption,
    Math.max(0, settings.max_tokens - before.length - after.length),
  )
  const ids = new Int32Array(before.length + inner.length + after.length)
  ids.set(before)
  ids.set(inner, before.length)
  ids.set(after, before.length + inner.length)
  return ids
}

/** A batch of one row would differ in its last bits from larger ones, so the row is run twice. */
async function runBatch(
  model: Pick<TransformerModel, 'graph' | 'tokenizer'>,
  batch: Batch,
  tokens: readonly Int32Array[],
): Promise<Float32Array> {
  const { graph, tokenizer } = model
  const rows = batch.rows.length === 1 ? [batch.rows[0] as number, batch.rows[0] as number] : batch.rows
  const ids = new Int32Array(rows.length * batch.length).fill(tokenizer.pad)
  const counts = new Int32Array(rows.length)
  rows.forEach((row, index) => {
    const list = tokens[row] as Int32Array
    ids.set(list, index * batch.length)
    counts[index] = list.length
  })
  const feeds = feedsOf(graph, ids, counts, batch.length)
  const output = await graph.session.run(feeds, [graph.output]).then((results) => results[graph.output])
  const expected = graph.per === 'token' ? 3 : 2
  if (output === undefined || output.dims.length !== expected || output.dims[0] !== rows.length) {
    throw new PipelineError({
      code: 'E_ENCODER',
      message: `${graph.name} returned an output of the wrong shape`,
      expected: `${expected} dimensions, ${rows.length} rows`,
      found: `[${output?.dims.join(', ') ?? ''}]`,
    })
  }
  if (output.data instanceof Float32Array) return output.data
  if (output.type === 'float16') return halfToFloat(output.data as Uint16Array)
  throw new PipelineError({
    code: 'E_ENCODER',
    message: `${graph.name} returned vectors of type ${output.type}`,
    expected: 'float32 or float16',
  })
}

/** Pools row `index` of a batch's output, and applies the modules after pooling. */
function vectorOf(
  model: Pick<TransformerModel, 'graph' | 'settings' | 'hidden'>,
  states: Float32Array,
  index: number,
  length: number,
  count: number,
): Float64Array {
  const { graph, settings, hidden } = model
  let vector: Float64Array
  if (graph.per === 'token') {
    const modes = settings.pooling.from === 'tokens' ? settings.pooling.modes : []
    vector = new Float64Array(hidden * modes.length)
    poolTokens(states, index * length * hidden, count, hidden, modes, vector)
  } else {
    vector = Float64Array.from(states.subarray(index * hidden, (index + 1) * hidden))
  }
  for (const step of settings.steps)
    vector = step === 'normalize' ? normalised(vector) : applyDense(step, vector)
  return vector
}

function normalised(vector: Float64Array): Float64Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 1
  return vector.map((value) => value * scale)
}
