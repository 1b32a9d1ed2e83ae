import type { EncoderFiles } from '../../src/math/encoder/encoder.js'

/** An encoder folder in memory: text, bytes, or anything else as JSON. */
export function encoderFiles(contents: { readonly [name: string]: unknown }): EncoderFiles {
  const bytesOf = (value: unknown) =>
    value instanceof Uint8Array
      ? value
      : new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
  return {
    place: 'memory:encoder',
    list: async () => Object.keys(contents),
    read: async (name) => {
      if (!(name in contents)) throw new Error(`${name} was read and is not there`)
      return bytesOf(contents[name])
    },
  }
}

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'a', 'b', 'c', 'd', 'cat', 'dog', '##s', '.']

/** A WordPiece tokenizer of twelve tokens, ids in this order. */
export const tinyVocabulary: readonly string[] = words

export function tinyTokenizer(change: { [key: string]: unknown } = {}): object {
  return {
    version: '1.0',
    truncation: { max_length: 2, strategy: 'LongestFirst', stride: 0 },
    padding: { strategy: { Fixed: 9 }, direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: '[PAD]' },
    added_tokens: words.slice(0, 4).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
    ...change,
  }
}

type Stored = { dtype: string; shape: number[]; data: Float32Array | Uint16Array | Int8Array | BigInt64Array }

export function safetensors(tensors: { readonly [name: string]: Stored }): Uint8Array {
  const header: { [name: string]: object } = { __metadata__: { format: 'pt' } }
  const parts: Uint8Array[] = []
  let at = 0
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.byteLength] }
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    at += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true)
  return Buffer.concat([length, json, ...parts])
}
