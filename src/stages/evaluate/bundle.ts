import { PipelineError } from '../../core/error.js'
import type { CaptionTokenizer } from '../../math/encoder/tokenizer/tokenizer.js'
import { loadTokenizer } from '../../math/encoder/tokenizer/load.js'
import { openSession } from '../../math/session/open.js'
import type { Session } from '../../math/session.js'
import type { ImagePreparation } from '../../math/towers/pixels.js'
import type { Artefact } from '../define.js'

/** What `evaluate` reads of a bundle's `expert.json`. */
export interface ExpertDocument {
  readonly model: string
  readonly embedding_width: number
  readonly image: ImagePreparation
  readonly text: { readonly context_length: number; readonly pad_id: number; readonly lowercase: boolean; readonly fixed_length: boolean; readonly bundle?: string | null | undefined }
  readonly trunk: string | null
}

export interface Bundle {
  readonly model: string
  readonly expert: ExpertDocument
  readonly artefact: Artefact
  /** Where its text tower lies: here, or in the bundle that it names. */
  readonly text: Artefact
  /** Bundles with equal text towers have equal digests, and their texts need embedding once. */
  readonly text_digest: string
}

export async function readBundle(artefact: Artefact, all: readonly Artefact[]): Promise<Bundle> {
  const expert = JSON.parse(Buffer.from(await fileOf(artefact, 'expert.json')).toString('utf8')) as ExpertDocument
  const { bundle } = expert.text
  const text = bundle ? all.find(({ key }) => key === bundle) : artefact
  if (!text) throw new PipelineError({ code: 'E_BUNDLE', message: `the bundle ${artefact.key} has its text tower in the bundle ${bundle}, which is not there` })
  const digest = (name: string) => text.files.find((file) => file.name === name)?.sha256 ?? ''
  return { model: artefact.key, expert, artefact, text, text_digest: `${digest('text.onnx')} ${digest('tokenizer.json')}` }
}

export function sessionOf(artefact: Artefact, name: string, threads: number): Promise<Session> {
  return fileOf(artefact, name).then((bytes) => openSession(bytes, { threads, reuse_memory: true }))
}

export async function fileOf(artefact: Artefact, name: string): Promise<Uint8Array> {
  const source = await artefact.open(name)
  return source.read(0, source.size)
}

/** Turns texts into unit vectors with the bundle's text tower, [texts, width]. */
export async function embedTexts(bundle: Bundle, texts: readonly string[], threads: number): Promise<Float32Array> {
  const { text, embedding_width: width, model } = bundle.expert
  const files = { place: model, list: async () => ['tokenizer.json'], read: () => fileOf(bundle.text, 'tokenizer.json') }
  const tokenizer = await loadTokenizer(files, 'tokenizer.json', { lowercase: text.lowercase })
  const session = await sessionOf(bundle.text, 'text.onnx', threads)
  const ids = texts.map((value) => idsOf(tokenizer, value, text.context_length))
  const vectors = new Float32Array(texts.length * width)
  // Texts of equal length go together: then padding decides nothing, and short ones are not held up by long ones.
  const order = ids.map((_, index) => index).sort((a, b) => ids[a]!.length - ids[b]!.length || a - b)
  for (let start = 0; start < order.length; ) {
    const length = ids[order[start]!]!.length
    let end = start
    while (end < order.length && end - start < batch && ids[order[end]!]!.length === length) end++
    const rows = order.slice(start, end)
    const values = await runTexts(session, rows.map((row) => ids[row]!), text.fixed_length ? text.context_length : Math.max(1, length), text.pad_id)
    if (values.length < rows.length * width) throw wrongWidth(model, width, values.length)
    rows.forEach((row, index) => vectors.set(values.subarray(index * width, (index + 1) * width), row * width))
    start = end
  }
  await session.close()
  return vectors
}

const batch = 64

function idsOf(tokenizer: CaptionTokenizer, text: string, limit: number): number[] {
  const { before, after } = tokenizer
  return [...before, ...tokenizer.encode(text, Math.max(0, limit - before.length - after.length)), ...after]
}

async function runTexts(session: Session, ids: readonly (readonly number[])[], length: number, pad: number): Promise<Float32Array> {
  // One row alone would take other kernels than many; a second one keeps its bytes the same.
  const rows = Math.max(2, ids.length)
  const tokens = new BigInt64Array(rows * length).fill(BigInt(pad))
  const mask = new BigInt64Array(rows * length)
  ids.forEach((list, row) =>
    list.forEach((id, at) => {
      tokens[row * length + at] = BigInt(id)
      mask[row * length + at] = 1n
    }),
  )
  const dims = [rows, length]
  const feeds = { input_ids: { type: 'int64', data: tokens, dims }, attention_mask: { type: 'int64', data: mask, dims } } as const
  const wanted = Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputs.includes(name)))
  const { text_embedding: out } = await session.run(wanted, ['text_embedding'])
  return out!.data as Float32Array
}

export function wrongWidth(model: string, expected: number, found: number): PipelineError {
  return new PipelineError({ code: 'E_BUNDLE', message: `the bundle ${model} gives vectors of another width than it says`, expected: String(expected), found: String(found) })
}
