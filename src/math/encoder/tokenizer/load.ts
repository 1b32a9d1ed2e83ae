import { maxOf } from '../../../core/extremes.js'
import type { EncoderFiles } from '../encoder.js'
import { unusable } from '../files.js'
import { addedTokenSplitter } from './added.js'
import { specialTokens, vocabularyEntries, type TokenizerDefinition } from './definition.js'
import { libraryTokenizer } from './library.js'
import type { CaptionTokenizer } from './tokenizer.js'
import { WordPiece } from './wordpiece.js'

/**
 * Loads a `tokenizer.json`. Ignores its truncation and padding: the limit is the model's, and padding is up
 * to the batch.
 */
export async function loadTokenizer(
  files: EncoderFiles,
  name: string,
  options: { lowercase?: boolean },
): Promise<CaptionTokenizer> {
  const definition = parse(files, name, await files.read(name))
  const special = specialTokens(definition.post_processor)
  if (typeof special === 'string') throw unusable(files, name, special)

  const encode = encoderOf(definition)
  const prepare = options.lowercase ? (text: string) => text.toLowerCase() : (text: string) => text
  const vocabulary = new Map(vocabularyEntries(definition))
  for (const token of definition.added_tokens ?? []) vocabulary.set(token.content, token.id)
  return {
    vocabulary: 1 + maxOf(vocabulary.values(), -1),
    unknown: unknownOf(definition, vocabulary),
    pad: definition.padding?.pad_id ?? vocabulary.get('[PAD]') ?? vocabulary.get('<pad>') ?? 0,
    before: special.before,
    after: special.after,
    encode: (text, limit = Infinity) => encode(prepare(text), limit),
    medianTokenLength: () => median(Array.from(vocabulary.keys(), (token) => Array.from(token).length)),
  }
}

function encoderOf(definition: TokenizerDefinition): (text: string, limit: number) => number[] {
  const wordPiece = WordPiece.from(definition)
  const splitAdded = addedTokenSplitter(definition.added_tokens ?? [])
  if (!wordPiece || !splitAdded) return libraryTokenizer(definition)
  return (text, limit) => {
    const parts = splitAdded(text)
    if (parts === undefined) return wordPiece.encode(text, limit)
    const ids: number[] = []
    for (const part of parts) {
      if (ids.length >= limit) break
      if (typeof part === 'number') ids.push(part)
      else for (const id of wordPiece.encode(part, limit - ids.length)) ids.push(id)
    }
    return ids
  }
}

function parse(files: EncoderFiles, name: string, bytes: Uint8Array): TokenizerDefinition {
  let definition: TokenizerDefinition
  try {
    definition = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as TokenizerDefinition
  } catch (cause) {
    throw unusable(files, name, 'is not valid JSON', {
      cause,
      hint: 'the file may be truncated: copy or download the encoder again',
    })
  }
  if (typeof definition?.model?.vocab !== 'object' || definition.model.vocab === null) {
    throw unusable(files, name, 'has no vocabulary', {
      expected: 'a tokenizer.json of the library `tokenizers`',
    })
  }
  return definition
}

function unknownOf(
  definition: TokenizerDefinition,
  vocabulary: ReadonlyMap<string, number>,
): number | undefined {
  const { unk_token, unk_id } = definition.model
  if (typeof unk_token === 'string') return vocabulary.get(unk_token)
  return typeof unk_id === 'number' ? unk_id : undefined
}

function median(lengths: number[]): number {
  lengths.sort((a, b) => a - b)
  const middle = lengths.length >> 1
  return Math.floor(
    lengths.length % 2
      ? (lengths[middle] as number)
      : ((lengths[middle - 1] as number) + (lengths[middle] as number)) / 2,
  )
}
