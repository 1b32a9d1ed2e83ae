import { removed, punctuation, undecomposed } from './bert-ranges.js'

export interface BertTextOptions {
  readonly clean_text: boolean
  readonly handle_chinese_chars: boolean
  readonly strip_accents: boolean
  readonly lowercase: boolean
}

/**
 * BertNormalizer followed by BertPreTokenizer (Hugging Face `tokenizers`). Works code point by code point,
 * as the reference does: its decomposition is per code point, and its lower-casing ignores the final sigma.
 */
export class BertText {
  private readonly options: BertTextOptions
  /** Normalised text by code point. Captions use only a few thousand of them. */
  private readonly cache = new Map<number, string>()

  constructor(options: BertTextOptions) {
    this.options = options
  }

  /** Normalised words of a text, split at white space; each punctuation mark is a word. */
  words(text: string): string[] {
    let normal = ''
    for (let at = 0; at < text.length;) {
      const point = text.codePointAt(at) as number
      at += point > 0xffff ? 2 : 1
      let piece = this.cache.get(point)
      if (piece === undefined) {
        piece = this.normalise(point)
        this.cache.set(point, piece)
      }
      normal += piece
    }
    return split(normal)
  }

  private normalise(point: number): string {
    const { clean_text, handle_chinese_chars, strip_accents, lowercase } = this.options
    // Lone surrogates cannot occur in the reference; they are treated as U+FFFD.
    if (point >= 0xd800 && point <= 0xdfff) return clean_text ? '' : '\ufffd'
    const character = String.fromCodePoint(point)
    if (clean_text) {
      if (point === 9 || point === 10 || point === 13) return ' '
      if (point === 0 || point === 0xfffd || (removed.has(point) && !/\p{M}/u.test(character))) return ''
      if (whiteSpace.test(character)) return ' '
    }
    let text = character
    if (strip_accents) {
      if (!undecomposed.has(point)) text = text.normalize('NFD')
      text = Array.from(text)
        .filter((piece) => !(/\p{M}/u.test(piece) && removed.has(piece.codePointAt(0) as number)))
        .join('')
    }
    if (lowercase) text = Array.from(text, (piece) => piece.toLowerCase()).join('')
    return handle_chinese_chars && isChinese(point) ? ` ${text} ` : text
  }
}

const whiteSpace = /\p{White_Space}/u

function split(text: string): string[] {
  const words: string[] = []
  let word = ''
  for (const character of text) {
    const point = character.codePointAt(0) as number
    if (point === 32 || (point > 127 && whiteSpace.test(character)) || (point >= 9 && point <= 13)) {
      if (word !== '') words.push(word)
      word = ''
    } else if (punctuation.has(point)) {
      if (word !== '') words.push(word)
      words.push(character)
      word = ''
    } else {
      word += character
    }
  }
  if (word !== '') words.push(word)
  return words
}

/** The blocks whose characters BERT treats as separate words. */
function isChinese(point: number): boolean {
  return (
    (point >= 0x4e00 && point <= 0x9fff) ||
    (point >= 0x3400 && point <= 0x4dbf) ||
    (point >= 0x20000 && point <= 0x2a6df) ||
    (point >= 0x2a700 && point <= 0x2b73f) ||
    (point >= 0x2b740 && point <= 0x2b81f) ||
    (point >= 0x2b920 && point <= 0x2ceaf) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0x2f800 && point <= 0x2fa1f)
  )
}
