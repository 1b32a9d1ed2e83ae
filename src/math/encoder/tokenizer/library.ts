import { Tokenizer } from '@huggingface/tokenizers'
import type { TokenizerDefinition } from './definition.js'

/**
 * Every other tokenizer (Unigram, BPE, byte level, unusual normalisers), through Hugging Face's own
 * TypeScript library.
 */
export function libraryTokenizer(definition: TokenizerDefinition): (text: string, limit: number) => number[] {
  const tokenizer = new Tokenizer(definition, {})
  return (text, limit) => {
    const { ids } = tokenizer.encode(wellFormed(text), { add_special_tokens: false })
    return ids.length > limit ? ids.slice(0, limit) : ids
  }
}

/** Lone surrogates cannot be written as UTF-8, so the reference never sees them. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}
