// A caption encoder: hashes words into the dimensions of a vector.
import { createHash } from 'node:crypto'
import { definePlugin } from 'coterie/stage'

const width = 64

const encoder = {
  width,
  about: `hashed words, ${width} dimensions`,
  comfortable_rows: 1024,
  async embed(captions, watch) {
    const vectors = new Float32Array(captions.length * width)
    const invalid = []
    captions.forEach((caption, index) => {
      watch?.signal?.throwIfAborted()
      const vector = vectors.subarray(index * width, (index + 1) * width)
      for (const word of caption.toLowerCase().match(/\p{L}+/gu) ?? []) {
        const hash = createHash('sha256').update(word).digest()
        vector[hash[0] % width] += hash[1] < 128 ? 1 : -1
      }
      const length = Math.hypot(...vector)
      if (length === 0) invalid.push({ index, reason: 'no_known_token' })
      else for (let i = 0; i < width; i++) vector[i] /= length
    })
    watch?.progress?.(captions.length)
    return { vectors, invalid }
  },
  async close() {},
}

export default definePlugin({ name: 'words', encoders: [{ name: 'hash', open: async () => encoder }] })
