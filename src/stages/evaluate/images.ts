import { concatenate } from '../../core/concatenate.js'
import { distinctResizings, type Resizing } from '../../ensemble/prepare-picture.js'
import type { Session } from '../../math/session.js'
import { imageBatch, pixelTensor, type ImagePreparation } from '../../math/towers/pixels.js'
import { type Bundle, sessionOf, wrongWidth } from './bundle.js'

/** Embeds images with several bundles at once; shared trunks run once. */
export interface ImageEmbedder {
  /** The distinct sizes that the bundles need. */
  readonly resizings: readonly Resizing[]
  /** `images[r]` holds RGB bytes for resizing r. */
  add(images: readonly (readonly Uint8Array[])[]): Promise<void>
  /** [images, width] by model. */
  finish(): Promise<Map<string, Float32Array>>
}

interface Trunk {
  readonly preparation: ImagePreparation
  readonly session: Session
  readonly output: string
  /** Linear maps on the trunk's output; none if the trunk is the whole tower. */
  readonly heads: readonly {
    readonly bundle: Bundle
    readonly session: Session | undefined
    readonly pieces: Float32Array[]
  }[]
}

export async function openImageEmbedder(bundles: readonly Bundle[], threads: number): Promise<ImageEmbedder> {
  const trunks: Trunk[] = []
  const groups = new Map<string, Bundle[]>()
  for (const bundle of bundles) {
    const key = bundle.expert.trunk ?? `own ${bundle.model}`
    groups.set(key, [...(groups.get(key) ?? []), bundle])
  }
  for (const group of groups.values()) {
    const [first] = group
    const shared = first!.expert.trunk !== null && group.length > 1
    const heads = []
    for (const bundle of group)
      heads.push({
        bundle,
        session: shared ? await sessionOf(bundle.artefact, 'head.onnx', threads) : undefined,
        pieces: [] as Float32Array[],
      })
    trunks.push({
      preparation: first!.expert.image,
      session: await sessionOf(first!.artefact, 'image.onnx', threads),
      output: shared ? 'image_features' : 'image_embedding',
      heads,
    })
  }
  const { distinct, positions } = distinctResizings(trunks.map(({ preparation }) => preparation))
  return {
    resizings: distinct,
    async add(images) {
      for (const [index, trunk] of trunks.entries()) {
        const all = images[positions[index]!]!
        for (let start = 0; start < all.length; start += imageBatch)
          await embed(trunk, all.slice(start, start + imageBatch))
      }
    },
    async finish() {
      const out = new Map<string, Float32Array>()
      for (const trunk of trunks) {
        await trunk.session.close()
        for (const { bundle, session, pieces } of trunk.heads) {
          await session?.close()
          out.set(bundle.model, concatenate(Float32Array, pieces))
        }
      }
      return out
    },
  }
}

async function embed(
  { preparation, session, output, heads }: Trunk,
  images: readonly Uint8Array[],
): Promise<void> {
  const { [output]: values } = await session.run({ pixels: pixelTensor(images, preparation) }, [output])
  for (const { bundle, session: head, pieces } of heads) {
    const { image_embedding: mapped } = head
      ? await head.run({ image_features: values! }, ['image_embedding'])
      : { image_embedding: values! }
    const width = mapped!.dims[1]
    if (width !== bundle.expert.embedding_width)
      throw wrongWidth(bundle.model, bundle.expert.embedding_width, width ?? 0)
    pieces.push((mapped!.data as Float32Array).slice(0, images.length * width))
  }
}
