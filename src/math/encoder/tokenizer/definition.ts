import { append } from '../../../core/extremes.js'

/** The parts of `tokenizer.json` that are read here; the general library gets the whole file. */
export interface TokenizerDefinition {
  truncation?: unknown
  padding?: { pad_id?: number } | null
  added_tokens?: AddedToken[]
  normalizer?: { type?: string; [option: string]: unknown } | null
  pre_tokenizer?: { type?: string; [option: string]: unknown } | null
  post_processor?: PostProcessor | null
  model: {
    type?: string
    vocab: { [token: string]: number } | [string, number][]
    unk_token?: string | null
    unk_id?: number | null
    continuing_subword_prefix?: string
    max_input_chars_per_word?: number
  }
}

export interface AddedToken {
  id: number
  content: string
  special?: boolean
  normalized?: boolean
  lstrip?: boolean
  rstrip?: boolean
  single_word?: boolean
}

export interface PostProcessor {
  type?: string
  single?: ({ SpecialToken: { id: string } } | { Sequence: { id: string } })[]
  special_tokens?: { [name: string]: { ids: number[] } }
  cls?: [string, number]
  sep?: [string, number]
  processors?: PostProcessor[]
}

/** Returns the special tokens around a single text, or a message about an unsupported post-processor. */
export function specialTokens(
  processor: PostProcessor | null | undefined,
): { before: number[]; after: number[] } | string {
  if (!processor) return { before: [], after: [] }
  switch (processor.type) {
    case 'TemplateProcessing': {
      const before: number[] = []
      const after: number[] = []
      let seen = false
      for (const piece of processor.single ?? []) {
        if ('Sequence' in piece) seen = true
        else append(seen ? after : before, processor.special_tokens?.[piece.SpecialToken.id]?.ids ?? [])
      }
      return { before, after }
    }
    case 'BertProcessing':
    case 'RobertaProcessing':
      return {
        before: processor.cls ? [processor.cls[1]] : [],
        after: processor.sep ? [processor.sep[1]] : [],
      }
    case 'ByteLevel':
      return { before: [], after: [] }
    case 'Sequence': {
      const whole = { before: [] as number[], after: [] as number[] }
      for (const part of processor.processors ?? []) {
        const tokens = specialTokens(part)
        if (typeof tokens === 'string') return tokens
        whole.before = [...tokens.before, ...whole.before]
        append(whole.after, tokens.after)
      }
      return whole
    }
    default:
      return `has the post-processor ${processor.type}, which is not supported`
  }
}

export function vocabularyEntries(definition: TokenizerDefinition): [string, number][] {
  const { vocab } = definition.model
  // Unigram models list [token, score] in id order; the others map a token to its id.
  return Array.isArray(vocab) ? vocab.map(([token], id) => [token, id]) : Object.entries(vocab)
}
