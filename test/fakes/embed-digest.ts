import { localEncoderFolder } from '../../src/io/encoder-files.js'
import { sha256 } from '../../src/core/digest.js'
import { loadEncoder } from '../../src/math/encoder/load.js'

/** `embed-digest FOLDER CAPTIONS.json`: SHA-256 of the vectors by the wasm runtime. */
const [folder, captions] = process.argv.slice(2) as [string, string]
const encoder = await loadEncoder(localEncoderFolder(folder), { runtime: 'wasm' })
const { vectors } = await encoder.embed(JSON.parse(captions) as string[])
await encoder.close()
process.stdout.write(sha256(new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength)))
process.exit(0)
