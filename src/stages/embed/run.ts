import { writeEncoderDescription } from '../../artefacts/encoder-description.js'
import { floatToHalf } from '../../core/half.js'
import type { Json } from '../../core/json.js'
import { openEncoderFolder } from '../../io/encoder-files.js'
import { npyHeader } from '../../io/npy.js'
import { readFileOf } from '../../io/read-whole.js'
import { encodeInvalid } from '../../io/tables/invalid.js'
import { decodeSamples } from '../../io/tables/samples.js'
import type { Encoder } from '../../math/encoder/encoder.js'
import { openEncoder } from '../../math/encoder/open.js'
import type { Artefact, OutputFile, TaskContext } from '../define.js'
import type { EmbedOptions } from './options.js'

/**
 * Writes row i of `vectors.npy` for sample i; a caption without a usable vector keeps its row, filled with
 * zeros.
 */
export async function run(context: TaskContext<EmbedOptions>): Promise<void> {
  const { options, signal } = context
  const captions = await readCaptions(context.takes['samples']?.[0])
  const encoder = await encoderFor(context)
  context.account.rowsIn(captions.length)
  const out = await context.out.create('vectors.npy')
  await out.write(npyHeader(options.output, [captions.length, encoder.width]))
  const invalid = await embedAll(encoder, captions, options.output, out, context)
  signal.throwIfAborted()
  await out.close(captions.length)
  await context.out.put('invalid.arrow', encodeInvalid(invalid), invalid.length)
  await writeEncoderDescription(context.out, { about: encoder.about, width: encoder.width })
  context.account.rowsOut(captions.length)
  context.note('invalid', countReasons(invalid.reason))
}

let loaded: { readonly key: string; readonly encoder: Promise<Encoder> } | undefined

/** A worker embeds many splits of one run: its encoder stays loaded until a different one is needed. */
async function encoderFor(context: TaskContext<EmbedOptions>): Promise<Encoder> {
  const { options, log, threads } = context
  const key = JSON.stringify([options.encoder, threads])
  if (loaded?.key !== key) {
    await loaded?.encoder.then(
      (encoder) => encoder.close(),
      () => {},
    )
    loaded = {
      key,
      encoder: openEncoder(options.encoder.model, (model) => openEncoderFolder(model, context), {
        ...options.encoder,
        threads,
        log,
      }),
    }
  }
  try {
    return await loaded.encoder
  } catch (error) {
    loaded = undefined
    throw error
  }
}

interface InvalidRows {
  length: number
  index: Uint32Array
  reason: string[]
}

async function embedAll(
  encoder: Encoder,
  captions: readonly string[],
  output: EmbedOptions['output'],
  out: OutputFile,
  context: TaskContext<EmbedOptions>,
): Promise<InvalidRows> {
  const index: number[] = []
  const reason: string[] = []
  const rows = encoder.comfortable_rows
  for (let start = 0; start < captions.length; start += rows) {
    const part = captions.slice(start, start + rows)
    const { vectors, invalid } = await encoder.embed(part, {
      signal: context.signal,
      progress: (done) => context.progress(start + done, captions.length),
    })
    for (const row of invalid) {
      index.push(start + row.index)
      reason.push(row.reason)
    }
    await out.write(bytesOf(output === 'float16' ? floatToHalf(vectors) : vectors))
    context.progress(start + part.length, captions.length)
  }
  return { length: index.length, index: Uint32Array.from(index), reason }
}

/** The caption column; the other columns are freed with the table. */
async function readCaptions(samples: Artefact | undefined): Promise<readonly string[]> {
  if (!samples) throw new TypeError('embed was planned without samples')
  return decodeSamples(await readFileOf(samples, 'samples.arrow')).caption
}

function countReasons(reasons: readonly string[]): Json {
  const counts: { [reason: string]: number } = {}
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

function bytesOf(values: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
