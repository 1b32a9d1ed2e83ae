import { Tokenizer } from '@huggingface/tokenizers'
import type { TokenizerDefinition } from './definition.js'

/**
 * All other tokenizers (Unigram, BPE, byte level, unusual normalisers), by Hugging Face's TypeScript library.
 */
export function libraryTokenizer(definition: TokenizerDefinition): (text: string, limit: number) => number[] {
  const tokenizer = new Tokenizer(definition, {})
  return (text, limit) => {
    const { ids } = tokenizer.encode(wellFormed(text), { add_special_tokens: false })
    return ids.length > limit ? ids.slice(0, limit) : ids
  }
}

/** Replaces lone surrogates, which UTF-8 cannot encode, so the reference never sees them. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}
