import { readFileSync, writeFileSync } from 'node:fs'
import { localEncoderFolder } from '../../src/io/encoder-files.js'
import { encodeNpy } from '../../src/io/npy.js'
import { loadEncoder } from '../../src/math/encoder/load.js'

/** `embed-worker CAPTIONS.json FOLDER PART OF [OUT.npy]`: one worker's share, in the precision COTERIE_BENCH_PRECISION; prints {seconds, memory_bytes} of the work itself. */
const [file, folder, part, of, out] = process.argv.slice(2) as [string, string, string, string, string?]
const all = JSON.parse(readFileSync(file, 'utf8')) as string[]
const captions = all.slice(Math.floor((Number(part) * all.length) / Number(of)), Math.floor(((Number(part) + 1) * all.length) / Number(of)))
const encoder = await loadEncoder(localEncoderFolder(folder), { threads: 1, precision: process.env.COTERIE_BENCH_PRECISION === 'int8' ? 'int8' : 'float32' })
await encoder.embed(captions.slice(0, 64))

const pieces: Float32Array[] = []
const start = performance.now()
for (let row = 0; row < captions.length; row += encoder.comfortable_rows) {
  const { vectors } = await encoder.embed(captions.slice(row, row + encoder.comfortable_rows))
  if (out !== undefined) pieces.push(vectors)
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
process.stdout.write(`${JSON.stringify({ seconds, memory_bytes: process.resourceUsage().maxRSS * 1024 })}\n`)
