import { parseJson } from '../core/parse-json.js'
import type { Shape } from '../core/shape.js'
import type { ByteSource } from './source.js'

/** All bytes of a source that fits into memory. */
export function readWhole(source: ByteSource): Promise<Uint8Array> {
  return source.read(0, source.size)
}

export async function readText(source: ByteSource): Promise<string> {
  return new TextDecoder().decode(await readWhole(source))
}

/** Throws `E_DOCUMENT` if the source is not JSON of this shape. */
export async function readJson<T>(source: ByteSource, shape: Shape<T>): Promise<T> {
  return parseJson(await readWhole(source), source.uri, shape)
}

/** Anything that opens files by name: an artefact, a folder, a prefix. */
export interface Files {
  open(name: string): Promise<ByteSource>
}

export async function readFileOf(files: Files, name: string): Promise<Uint8Array> {
  return readWhole(await files.open(name))
}

export async function readJsonOf<T>(files: Files, name: string, shape: Shape<T>): Promise<T> {
  return readJson(await files.open(name), shape)
}
