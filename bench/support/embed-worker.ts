import { readFileSync, writeFileSync } from 'node:fs'
import { localEncoderFolder } from '../../src/io/encoder-files.js'
import { encodeNpy } from '../../src/io/npy.js'
import type { EncoderOptions } from '../../src/math/encoder/encoder.js'
import { loadEncoder } from '../../src/math/encoder/load.js'

/**
 * `embed-worker CAPTIONS.json FOLDER PART OF [OUT.npy]`: one worker's share, with the encoder options of
 * COTERIE_BENCH_ENCODER; prints what `embedded` reads.
 */
const [file, folder, part, of, out] = process.argv.slice(2) as [string, string, string, string, string?]
const all = JSON.parse(readFileSync(file, 'utf8')) as string[]
const captions = all.slice(
  Math.floor((Number(part) * all.length) / Number(of)),
  Math.floor(((Number(part) + 1) * all.length) / Number(of)),
)
const options = JSON.parse(process.env.COTERIE_BENCH_ENCODER ?? '{}') as EncoderOptions
const encoder = await loadEncoder(localEncoderFolder(folder), { ...options, threads: 1 })
await encoder.embed(captions.slice(0, 64))

const peak = () => process.resourceUsage().maxRSS * 1024
const pieces: Float32Array[] = []
let memory_bytes_at_tenth = 0
const start = performance.now()
for (let row = 0; row < captions.length; row += encoder.comfortable_rows) {
  const { vectors } = await encoder.embed(captions.slice(row, row + encoder.comfortable_rows))
  if (out !== undefined) pieces.push(vectors)
  if (memory_bytes_at_tenth === 0 && 10 * row >= captions.length) memory_bytes_at_tenth = peak()
}
const seconds = (performance.now() - start) / 1000
if (out !== undefined) {
  const joined = new Float32Array(captions.length * encoder.width)
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  writeFileSync(out, encodeNpy(joined, [captions.length, encoder.width]))
}
await encoder.close()
process.stdout.write(
  `${JSON.stringify({
    seconds,
    memory_bytes: peak(),
    memory_bytes_at_tenth: memory_bytes_at_tenth || peak(),
  })}\n`,
)
