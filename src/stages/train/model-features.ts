import { concatenate } from '../../core/concatenate.js'
import { PipelineError } from '../../core/error.js'
import { gather } from '../../math/ridge/moments.js'
import { openSession } from '../../math/session/open.js'
import { encodeModelTrunk } from '../../math/towers/image.js'
import { requireOpset } from '../../math/towers/text.js'
import { imageBatch, pixelTensor, type ImagePreparation } from '../../math/towers/pixels.js'
import type { ImageFeatures } from './image-features.js'

/** Features from an image graph that the user provides, computed as the images arrive. */
export async function modelFeatures(
  model: Uint8Array,
  place: string,
  preparation: ImagePreparation,
  threads: number,
): Promise<ImageFeatures> {
  requireOpset(model)
  const session = await openSession(model, { threads, reuse_memory: true })
  const [input] = session.inputs
  const output =
    ['image_embedding', 'image_embeds', 'pooler_output'].find((name) => session.outputs.includes(name)) ??
    session.outputs[0]
  if (session.inputs.length !== 1 || !input || !output) {
    throw new PipelineError({
      code: 'E_IMAGE_GRAPH',
      message: 'an image tower must have one input, the pixels',
      place,
      found: `inputs ${session.inputs.join(', ')}`,
    })
  }
  const pieces: Float32Array[] = []
  let images = 0
  return {
    preparation,
    async add(batch) {
      for (let start = 0; start < batch.length; start += imageBatch) {
        const part = batch.slice(start, start + imageBatch)
        const pixels = pixelTensor(part, preparation)
        const { [output]: values } = await session.run({ [input]: pixels }, [output])
        if (values?.dims.length !== 2) {
          throw new PipelineError({
            code: 'E_IMAGE_GRAPH',
            message: 'the image tower does not return one vector per image',
            place,
            expected: '[images, width]',
            found: `[${values?.dims.join(', ')}]`,
          })
        }
        pieces.push((values.data as Float32Array).slice(0, part.length * values.dims[1]!))
        images += part.length
      }
    },
    async finish(order) {
      await session.close()
      const features = concatenate(Float32Array, pieces)
      const width = images === 0 ? 0 : features.length / images
      return {
        features: gather(features, width, order),
        width,
        trunk: (standard) => encodeModelTrunk(model, output, standard),
      }
    },
  }
}
