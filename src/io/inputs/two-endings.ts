import { PipelineError } from '../../core/error.js'
import { byCodeUnit } from '../../core/json.js'
import { isCompressedTar } from '../compressed/compression.js'
import { formats, stemOf } from '../crawl/formats.js'
import type { InputFile } from './file.js'

/**
 * Refuses `a.tar` next to `a.tar.gz`: whoever compresses a tar and keeps both has its pairs twice. Throws
 * `E_INPUT_AMBIGUOUS`.
 */
export function refuseTwoEndings(files: readonly InputFile[]): void {
  const byStem = new Map<string, string>()
  for (const { uri } of files.toSorted((a, b) => byCodeUnit(a.uri, b.uri))) {
    const stem = tarStem(uri)
    if (stem === undefined) continue
    const other = byStem.get(stem)
    if (other === undefined) byStem.set(stem, uri)
    else if (other !== uri && (isCompressedTar(other) || isCompressedTar(uri))) throw ambiguous(other, uri)
  }
}

function tarStem(uri: string): string | undefined {
  const row = formats.find(({ name }) => name === 'webdataset')
  return row && stemOf(uri, row)
}

function ambiguous(one: string, other: string): PipelineError {
  return new PipelineError({
    code: 'E_INPUT_AMBIGUOUS',
    failure: 'manifest',
    message: 'two tars have the same name with different endings, and may hold the same pairs',
    place: one,
    expected: 'one of them, or different names',
    found: other,
    hint: 'list one of the endings in input.ignore, or name the other in input.uri (`*.tar`)',
  })
}
