import { append } from '../../core/extremes.js'
import type { Gemm } from '../../math/gemm/gemm.js'
import { encodePatchModel } from '../../math/patches/graph.js'
import { imageSide, learnDictionary, type DictionaryOptions } from '../../math/patches/learn.js'
import { openSession } from '../../math/session/open.js'
import { encodePatchTrunk } from '../../math/towers/image.js'
import { imageBatch, pixelTensor, type ImagePreparation } from '../../math/towers/pixels.js'
import type { ImageFeatures } from './image-features.js'

/**
 * Number of images that the dictionary is learned from: ten patches of each are plenty, and 48 MB as numbers.
 */
const dictionaryImages = 4096

const preparation: ImagePreparation = {
  width: imageSide,
  height: imageSide,
  fit: 'fill',
  mean: [0, 0, 0],
  std: [1, 1, 1],
}

/**
 * Patch features with a dictionary that is learned from the images themselves; keeps 3 KB per image until
 * then.
 */
export function patchFeatures(options: DictionaryOptions, threads: number, gemm: Gemm): ImageFeatures {
  const kept: Uint8Array[] = []
  return {
    preparation,
    add: async (images) => {
      append(kept, images)
    },
    async finish(order) {
      const images = order.map((index) => kept[index]!)
      const dictionary = await learnDictionary(
        pixelTensor(evenly(images, dictionaryImages), preparation).data as Float32Array,
        options,
        gemm,
      )
      const session = await openSession(encodePatchModel(dictionary), { threads, reuse_memory: true })
      const width = 4 * dictionary.size
      const features = new Float32Array(images.length * width)
      for (let start = 0; start < images.length; start += imageBatch) {
        const part = images.slice(start, start + imageBatch)
        const { features: values } = await session.run({ pixels: pixelTensor(part, preparation) }, [
          'features',
        ])
        features.set((values!.data as Float32Array).subarray(0, part.length * width), start * width)
      }
      await session.close()
      return { features, width, trunk: (standard) => encodePatchTrunk(dictionary, standard) }
    },
  }
}

function evenly<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!)
}
