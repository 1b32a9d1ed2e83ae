import { readExpert, type Expert } from '../../artefacts/bundle.js'
import { PipelineError } from '../../core/error.js'
import { embedTexts } from '../../ensemble/text-tower.js'
import { readFileOf } from '../../io/read-whole.js'
import { loadTokenizer } from '../../math/encoder/tokenizer/load.js'
import { openSession } from '../../math/session/open.js'
import type { Session } from '../../math/session.js'
import type { Artefact } from '../define.js'

export interface Bundle {
  readonly model: string
  readonly expert: Expert
  readonly artefact: Artefact
  /** The artefact with its text tower: this one, or the bundle that it names. */
  readonly text: Artefact
  /** Bundles with equal text towers have equal digests, so their texts are embedded once. */
  readonly text_digest: string
}

export async function readBundle(artefact: Artefact, all: readonly Artefact[]): Promise<Bundle> {
  const expert = await readExpert(artefact)
  const { bundle } = expert.text
  const text = bundle ? all.find(({ key }) => key === bundle) : artefact
  if (!text)
    throw new PipelineError({
      code: 'E_BUNDLE',
      message: `the bundle ${artefact.key} has its text tower in the bundle ${bundle}, which is missing`,
    })
  const digest = (name: string) => text.files.find((file) => file.name === name)?.sha256 ?? ''
  return {
    model: artefact.key,
    expert,
    artefact,
    text,
    text_digest: `${digest('text.onnx')} ${digest('tokenizer.json')}`,
  }
}

export function sessionOf(artefact: Artefact, name: string, threads: number): Promise<Session> {
  return readFileOf(artefact, name).then((bytes) => openSession(bytes, { threads, reuse_memory: true }))
}

/** Embeds texts as unit vectors with the bundle's text tower, [texts, width]. */
export async function embedBundleTexts(
  bundle: Bundle,
  texts: readonly string[],
  threads: number,
): Promise<Float32Array> {
  const { text, embedding_width: width, model } = bundle.expert
  const files = {
    place: model,
    list: async () => ['tokenizer.json'],
    read: () => readFileOf(bundle.text, 'tokenizer.json'),
  }
  const tokenizer = await loadTokenizer(files, 'tokenizer.json', { lowercase: text.lowercase })
  const session = await sessionOf(bundle.text, 'text.onnx', threads)
  const vectors = await embedTexts({ session, tokenizer, preparation: text, width }, texts)
  await session.close()
  if (!vectors) throw wrongWidth(model, width, 'another')
  return vectors
}

export function wrongWidth(model: string, expected: number, found: number | string): PipelineError {
  return new PipelineError({
    code: 'E_BUNDLE',
    message: `the bundle ${model} returns vectors of a different width than it declares`,
    expected: String(expected),
    found: String(found),
  })
}
