import { TarWriter } from '../../io/tar/write.js'
import type { ShardFormat } from './set-files.js'

/**
 * WebDataset: image, caption and JSON of a sample under its key, with the headers and padding of three
 * members.
 */
export const tars: ShardFormat = {
  extension: 'tar',
  overhead: 3 * (512 + 256),
  async open(file) {
    const tar = new TarWriter(file)
    return {
      async add({ key, image, extension, caption, json }) {
        await tar.add(`${key}.${extension}`, image)
        await tar.add(`${key}.txt`, caption)
        await tar.add(`${key}.json`, json)
      },
      end: () => tar.end(),
    }
  },
}
