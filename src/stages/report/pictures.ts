import { expertFolder } from '../../core/model-key.js'
import { parseSampleFields } from '../../artefacts/sample-fields.js'
import { thumbnail } from '../../io/image/image.js'
import { readWebDataset } from '../../io/tar/webdataset.js'
import type { Artefact } from '../define.js'
import type { ExpertCard } from '../../report/model.js'

const pixels = 64

/** The first pictures of an expert's first tar: tars are shuffled, so these are a fair sample. */
export async function picturesOf(
  shards: readonly Artefact[],
  expert: number,
  wanted: number,
): Promise<ExpertCard['pictures']> {
  const pictures: { src: string; caption: string }[] = []
  const folder = `${expertFolder(expert)}/`
  for (const artefact of shards) {
    const tar = artefact.files.find(({ name }) => name.startsWith(folder) && name.endsWith('.tar'))
    if (!tar || pictures.length >= wanted) continue
    for await (const { members } of readWebDataset(await artefact.open(tar.name))) {
      if (pictures.length >= wanted) break
      const image = [...members].find(([extension]) => extension !== 'txt' && extension !== 'json')
      const { ooc } = parseSampleFields(members.get('json'), `${artefact.stage}/${artefact.key}/${tar.name}`)
      if (!image || ooc) continue
      const png = await thumbnail(image[1].bytes, pixels)
      if (png)
        pictures.push({
          src: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
          caption: shortened(text(members.get('txt'))),
        })
    }
  }
  return pictures
}

/** Captions can be a megabyte long; the page shows their beginning. */
export function shortened(caption: string): string {
  const characters = Array.from(caption.slice(0, 600))
  return characters.length > 240 ? `${characters.slice(0, 239).join('')}…` : caption
}

function text(member: { readonly bytes: Uint8Array } | undefined): string {
  return new TextDecoder().decode(member?.bytes)
}
