import type { Encoder, EncoderFiles, EncoderOptions } from '../encoder.js'
import { unusable } from '../files.js'
import type { EncoderModule } from '../modules.js'
import { loadTokenizer } from '../tokenizer/load.js'
import type { CaptionTokenizer } from '../tokenizer/tokenizer.js'
import { embedTransformer, type TransformerModel } from './embed.js'
import { feedsOf, openGraph, type EncoderGraph } from './graph.js'
import { readSettings, type TransformerSettings } from './settings.js'

/** Padded tokens per batch: on a CPU, enough for its vector units but within its cache; more on a GPU. */
const batchTokens = { cpu: 512, cuda: 32768 } as const
const comfortableRows = 16384

/**
 * Loads a transformer in the layout of the hub: tokenizer.json, an ONNX graph, and modules.json for
 * sentence-transformers.
 */
export async function loadTransformerEncoder(
  files: EncoderFiles,
  names: ReadonlySet<string>,
  modules: readonly EncoderModule[] | undefined,
  options: EncoderOptions,
): Promise<Encoder> {
  const settings = await readSettings(files, names, modules, options)
  const folder = modules?.[0]?.folder ?? ''
  const tokenizerName = names.has(`${folder}tokenizer.json`) ? `${folder}tokenizer.json` : 'tokenizer.json'
  if (!names.has(tokenizerName)) {
    throw unusable(files, '', 'the encoder folder has no tokenizer.json', {
      hint: 'save the tokenizer as a fast one: `AutoTokenizer.from_pretrained(…).save_pretrained(…)`',
    })
  }
  const tokenizer = await loadTokenizer(files, tokenizerName, { lowercase: settings.lowercase })
  checkVocabulary(files, tokenizerName, tokenizer, settings)
  const room = settings.max_tokens - tokenizer.before.length - tokenizer.after.length
  if (room < 1)
    throw unusable(files, '', `max_tokens ${settings.max_tokens} leaves no room for tokens of the caption`, {
      expected: `${settings.max_tokens - room + 1} or more`,
    })

  const graph = await openGraph(files, names, settings, options)
  try {
    const hidden = await probe(files, graph, tokenizer)
    const model: TransformerModel = {
      graph,
      tokenizer,
      settings,
      hidden,
      width: widthOf(files, settings, hidden),
      batch_tokens: batchTokens[options.device ?? 'cpu'],
    }
    return {
      width: model.width,
      about:
        `${graph.name}, ${graph.output}, at most ${settings.max_tokens} tokens, ` +
        `${graph.session.runtime}`,
      comfortable_rows: comfortableRows,
      embed: (captions, watch) => embedTransformer(model, captions, watch),
      close: () => graph.session.close(),
    }
  } catch (error) {
    await graph.session.close()
    throw error
  }
}

function checkVocabulary(
  files: EncoderFiles,
  name: string,
  tokenizer: CaptionTokenizer,
  settings: TransformerSettings,
): void {
  const { vocab_size } = settings.config
  if (vocab_size !== undefined && tokenizer.vocabulary > vocab_size) {
    throw unusable(files, name, 'does not match the model: it has more tokens than the model', {
      expected: `at most ${vocab_size} (config.json)`,
      found: String(tokenizer.vocabulary),
    })
  }
}

/** Runs the largest token id once, to check that tokenizer and graph match. Returns the output's width. */
async function probe(files: EncoderFiles, graph: EncoderGraph, tokenizer: CaptionTokenizer): Promise<number> {
  const row = [...tokenizer.before, tokenizer.vocabulary - 1, ...tokenizer.after]
  const feeds = feedsOf(
    graph,
    Int32Array.from([...row, ...row]),
    Int32Array.of(row.length, row.length),
    row.length,
  )
  let dims: readonly number[] | undefined
  try {
    dims = (await graph.session.run(feeds, [graph.output]))[graph.output]?.dims
  } catch (cause) {
    throw unusable(
      files,
      graph.name,
      "cannot run the tokenizer's largest token id, so tokenizer and graph do not match",
      {
        found: cause instanceof Error ? cause.message.split('\n', 1)[0] : undefined,
        cause,
      },
    )
  }
  const width = dims?.at(-1)
  if (dims?.length !== (graph.per === 'token' ? 3 : 2) || width === undefined || width < 1) {
    throw unusable(files, graph.name, `returns ${graph.output} in the wrong shape`, {
      expected: graph.per === 'token' ? '[rows, tokens, width]' : '[rows, width]',
      found: `[${dims?.join(', ') ?? ''}]`,
    })
  }
  return width
}

function widthOf(files: EncoderFiles, settings: TransformerSettings, hidden: number): number {
  let width = settings.pooling.from === 'tokens' ? hidden * settings.pooling.modes.length : hidden
  for (const step of settings.steps) {
    if (step === 'normalize') continue
    if (step.width_in !== width)
      throw unusable(
        files,
        'modules.json',
        `has a Dense module of input width ${step.width_in} after an output of width ${width}`,
      )
    width = step.width_out
  }
  return width
}
