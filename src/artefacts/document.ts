import { canonicalJson, canonicalJsonPretty } from '../core/json.js'
import { sixDigits } from '../core/six-digits.js'

/** Anything that accepts whole small files, such as the output of a task. */
export interface DocumentSink {
  put(name: string, bytes: Uint8Array | string, rows?: number): Promise<void>
}

/** One member per line, for documents that people read and compare. */
export async function putPretty(
  out: DocumentSink,
  name: string,
  document: object,
  rows?: number,
): Promise<void> {
  const text = `${canonicalJsonPretty(document)}\n`
  await (rows === undefined ? out.put(name, text) : out.put(name, text, rows))
}

/** Writes numbers rounded to six digits, for figures that are approximate anyway. */
export function putFigures(out: DocumentSink, name: string, document: object): Promise<void> {
  return putPretty(out, name, sixDigits(document) as object)
}

/** Without spaces, for documents that only tasks read. */
export function putCompact(out: DocumentSink, name: string, document: object): Promise<void> {
  return out.put(name, canonicalJson(document))
}
