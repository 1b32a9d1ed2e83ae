import { BertText } from './bert-text.js'
import { vocabularyEntries, type TokenizerDefinition } from './definition.js'

/** Maximum number of cached runs; others are tokenized each time, to the same ids. */
const maxCachedRuns = 1 << 16
/** Longer runs (CJK sentences without spaces) rarely repeat. */
const maxCachedLength = 40

/**
 * WordPiece with BERT's normaliser and pre-tokenizer: the tokenizer of most sentence encoders. Several times
 * faster than a general library, because it caches the ids of each run of text between ASCII white space and
 * punctuation: captions repeat their words.
 */
export class WordPiece {
  private readonly ids: Map<string, number>
  private readonly prefix: string
  private readonly unknown: number
  private readonly maxWordLength: number
  private readonly text: BertText
  private readonly runs = new Map<string, number | number[]>()
  /** Class of each ASCII code unit: part of a run (0), white space (1), punctuation (2). */
  private readonly ascii = new Uint8Array(128)
  private readonly out: number[] = []

  /** Returns undefined for anything but the plain BERT pipeline. */
  static from(definition: TokenizerDefinition): WordPiece | undefined {
    const { normalizer, pre_tokenizer, model } = definition
    if (
      normalizer?.type !== 'BertNormalizer' ||
      pre_tokenizer?.type !== 'BertPreTokenizer' ||
      model.type !== 'WordPiece'
    )
      return undefined
    if (
      Array.isArray(model.vocab) ||
      typeof model.unk_token !== 'string' ||
      model.vocab[model.unk_token] === undefined
    )
      return undefined
    if (normalizer['clean_text'] !== true) return undefined
    return new WordPiece(definition, model.vocab[model.unk_token] as number)
  }

  private constructor(definition: TokenizerDefinition, unknown: number) {
    const normalizer = definition.normalizer ?? {}
    const lowercase = normalizer['lowercase'] === true
    this.text = new BertText({
      clean_text: true,
      handle_chinese_chars: normalizer['handle_chinese_chars'] === true,
      strip_accents:
        typeof normalizer['strip_accents'] === 'boolean' ? normalizer['strip_accents'] : lowercase,
      lowercase,
    })
    this.ids = new Map(vocabularyEntries(definition))
    this.prefix = definition.model.continuing_subword_prefix ?? '##'
    this.maxWordLength = definition.model.max_input_chars_per_word ?? 100
    this.unknown = unknown
    for (let code = 0; code < 128; code++) {
      if (code === 32 || code === 9 || code === 10 || code === 13) this.ascii[code] = 1
      else if (
        (code >= 33 && code <= 47) ||
        (code >= 58 && code <= 64) ||
        (code >= 91 && code <= 96) ||
        (code >= 123 && code <= 126)
      )
        this.ascii[code] = 2
    }
  }

  /** The list is only valid until the next call. */
  encode(text: string, limit: number): number[] {
    const { ascii, out, runs } = this
    out.length = 0
    const length = text.length
    let start = -1
    for (let at = 0; at <= length; at++) {
      const code = at < length ? text.charCodeAt(at) : 32
      const kind = code < 128 ? (ascii[code] as number) : 0
      if (kind === 0) {
        if (start < 0) start = at
        continue
      }
      if (start >= 0) {
        const run = text.slice(start, at)
        const found = runs.get(run) ?? this.tokenizeRun(run)
        if (typeof found === 'number') out.push(found)
        else for (let i = 0; i < found.length; i++) out.push(found[i] as number)
        start = -1
      }
      if (kind === 2) {
        const mark = text[at] as string
        out.push((runs.get(mark) ?? this.tokenizeRun(mark)) as number)
      }
      if (out.length >= limit) {
        out.length = limit
        return out
      }
    }
    return out
  }

  private tokenizeRun(run: string): number | number[] {
    const ids: number[] = []
    for (const word of this.text.words(run)) this.pieces(word, ids)
    const found = ids.length === 1 ? (ids[0] as number) : ids
    // A slice would keep its whole caption alive, so the key is copied.
    if (this.runs.size < maxCachedRuns && run.length <= maxCachedLength)
      this.runs.set(Buffer.from(run, 'utf16le').toString('utf16le'), found)
    return found
  }

  /** Greedy longest match. A word with a part that is not in the vocabulary is unknown as a whole. */
  private pieces(word: string, out: number[]): void {
    const letters = Array.from(word)
    if (letters.length > this.maxWordLength) {
      out.push(this.unknown)
      return
    }
    const before = out.length
    for (let start = 0; start < letters.length;) {
      let end = letters.length
      let id: number | undefined
      for (; end > start; end--) {
        id = this.ids.get((start > 0 ? this.prefix : '') + letters.slice(start, end).join(''))
        if (id !== undefined) break
      }
      if (id === undefined) {
        out.length = before
        out.push(this.unknown)
        return
      }
      out.push(id)
      start = end
    }
  }
}
