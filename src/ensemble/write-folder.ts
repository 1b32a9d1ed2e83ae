import { createWriteStream } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { centreFiles } from '../artefacts/centres.js'
import { PipelineError } from '../core/error.js'
import { openEncoderFolder, type Remote } from '../io/encoder-files.js'
import type { ByteSource } from '../io/source.js'
import type { EnsembleDocument } from './folder.js'

/** The files of an artefact; for a model, stored under its key. */
export interface CopiedFiles {
  readonly key: string
  readonly files: readonly { readonly name: string; readonly size: number }[]
  open(name: string): Promise<ByteSource>
}

export interface EnsembleParts {
  readonly document: EnsembleDocument
  readonly bundles: readonly CopiedFiles[]
  readonly centres: CopiedFiles
  /** The caption encoder that made the centres, as a manifest names it. */
  readonly encoder: string
  /** For an encoder that is not on this machine. */
  readonly remote: Remote
}

/**
 * Writes the folder that `loadEnsemble` opens, and returns its size in bytes. Throws `E_NOT_EMPTY` if the
 * folder is not empty.
 */
export async function writeEnsembleFolder(
  folder: string,
  { document, bundles, centres, encoder, remote }: EnsembleParts,
): Promise<number> {
  await requireEmpty(folder)
  let bytes = 0
  for (const bundle of bundles) bytes += await copyAll(bundle, join(folder, bundle.key))
  bytes += await copyAll(centres, join(folder, 'centres'), centreFiles)
  bytes += await copyEncoder(encoder, remote, join(folder, 'encoder'))
  await writeFile(join(folder, 'ensemble.json'), `${JSON.stringify(document, undefined, 2)}\n`)
  return bytes
}

async function requireEmpty(folder: string): Promise<void> {
  const existing = await readdir(folder).catch(() => [])
  if (existing.length === 0) return
  throw new PipelineError({
    code: 'E_NOT_EMPTY',
    failure: 'usage',
    message: 'the folder to export to is not empty',
    place: folder,
    found: existing.slice(0, 5).join(', '),
  })
}

async function copyAll(from: CopiedFiles, folder: string, only?: readonly string[]): Promise<number> {
  let bytes = 0
  for (const { name, size } of from.files) {
    if (only && !only.includes(name)) continue
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await pipeline(Readable.from((await from.open(name)).stream()), createWriteStream(join(folder, name)))
    bytes += size
  }
  return bytes
}

async function copyEncoder(model: string, remote: Remote, folder: string): Promise<number> {
  let bytes = 0
  const files = openEncoderFolder(model, remote)
  for (const name of await files.list()) {
    const content = await files.read(name)
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
    bytes += content.byteLength
  }
  return bytes
}
