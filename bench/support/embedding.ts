import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { join } from 'node:path'
import { sharedFolder } from '../../test/shared.js'
import { localEncoderFolder } from '../../src/io/encoder-files.js'
import { openNpy } from '../../src/io/npy.js'
import { memorySource } from '../../src/io/source.js'
import type { EncoderOptions } from '../../src/math/encoder/encoder.js'
import { loadTokenizer } from '../../src/math/encoder/tokenizer/load.js'
import { runPeer, runProgram } from '../measure.js'
import { inRepository } from './built-cli.js'

/** The real captions and the real encoder of the embedding benches. */
export function realText(): { readonly captions: string; readonly minilm: string } {
  const shared = sharedFolder()
  if (!shared)
    throw new Error('this bench needs ../shared/data/captions and ../shared/models/all-MiniLM-L6-v2')
  return {
    captions: join(shared, 'data/captions/captions.jsonl.gz'),
    minilm: join(shared, 'models/all-MiniLM-L6-v2'),
  }
}

export async function readCaptions(file: string): Promise<string[]> {
  const captions: string[] = []
  for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) }))
    captions.push((JSON.parse(line) as { text: string }).text)
  return captions
}

export interface Embedded {
  /** Seconds of the slowest worker, without loading. */
  readonly seconds: number
  /** Peak memory of the largest worker, and its peak after a tenth of the work. */
  readonly memory_bytes: number
  readonly memory_bytes_at_tenth: number
}

/**
 * Embeds a file of captions with `workers` processes of one thread each; `out`: the vectors of a single
 * worker, as npy.
 */
export async function embedded(
  captions: string,
  folder: string,
  workers: number,
  options: EncoderOptions = {},
  out?: string,
): Promise<Embedded> {
  const parts = await Promise.all(
    Array.from({ length: workers }, async (_, part) => {
      const script = [
        inRepository('bench/support/embed-worker.ts'),
        captions,
        folder,
        String(part),
        String(workers),
        ...(out === undefined ? [] : [out]),
      ]
      const { stdout } = await runProgram(process.execPath, ['--import=tsx', ...script], {
        env: { COTERIE_BENCH_ENCODER: JSON.stringify(options) },
      })
      return JSON.parse(stdout) as Embedded
    }),
  )
  const most = (of: (part: Embedded) => number) => Math.max(...parts.map(of))
  return {
    seconds: most(({ seconds }) => seconds),
    memory_bytes: most(({ memory_bytes }) => memory_bytes),
    memory_bytes_at_tenth: most(({ memory_bytes_at_tenth }) => memory_bytes_at_tenth),
  }
}

export async function peerSeconds(
  python: string,
  mode: string,
  captions: string,
  folder: string,
  out: readonly string[] = [],
): Promise<number> {
  return (
    await runPeer<{ seconds: number }>(python, inRepository('bench/peers/embed.py'), [
      mode,
      captions,
      folder,
      ...out,
    ])
  ).result.seconds
}

export interface TransformerShape {
  readonly layers: number
  readonly width: number
  readonly inner: number
  readonly most_tokens: number
}

/**
 * Float32 operations for the captions' tokens, without padding; a multiply-add counts as two. Per layer: four
 * projections and two feed-forward products per token, and the two products of attention over all tokens.
 */
export async function operations(
  captions: readonly string[],
  folder: string,
  { layers, width, inner, most_tokens }: TransformerShape,
): Promise<number> {
  const tokenizer = await loadTokenizer(localEncoderFolder(folder), 'tokenizer.json', {})
  let sum = 0
  for (const caption of captions) {
    const tokens = tokenizer.encode(caption, most_tokens - 2).length + 2
    sum += layers * tokens * (2 * (4 * width * width + 2 * width * inner) + 4 * tokens * width)
  }
  return sum
}

/** Compares the values of two npy files. */
export async function largestDifference(a: string, b: string): Promise<number> {
  const [left, right] = await Promise.all(
    [a, b].map(async (path) => {
      const array = await openNpy(memorySource(path, await readFile(path)))
      return array.readRows(0, array.shape[0] as number)
    }),
  )
  return (left as Float32Array).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - ((right as Float32Array)[i] as number))),
    0,
  )
}
