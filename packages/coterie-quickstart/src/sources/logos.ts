import { loadIconSet } from '../icon-set.js'
import type { Pair } from '../pair.js'
import { type Draw, pick, words } from '../wording.js'

const pictures = '@iconify-json/logos'
const maxBrands = 700

/** Brand logos in colour, some also as a bare symbol: "logo of raspberry pi". */
export function logoPairs(draw: Draw): Pair[] {
  const set = loadIconSet(pictures)
  const brands = [...new Set(set.names.map(brand))]
    .sort((a, b) => draw('logo', a) - draw('logo', b))
    .slice(0, maxBrands)
  const chosen = new Set(brands)
  return set.names
    .filter((name) => chosen.has(brand(name)))
    .map((name): Pair => ({
      id: `logos/${name}`,
      source: 'logos',
      from: set.identity,
      caption: caption(draw, name),
      label: null,
      group: `logos/${brand(name)}`,
      drawing: set.drawing(name),
      ...(forDarkGround.test(name) ? { ground: 'dark' } : {}),
    }))
}

/** The set's own mark for logos drawn in white; one logo lacks it. */
const forDarkGround = /-dark(-|$)|^million-icon$/

/** `airbnb-icon` is the symbol of `airbnb`. */
function brand(name: string): string {
  return name.replace(
    /-(icon|monochromatic|monochrome|monochrome-icon|wordmark|color|original|dark|icon-dark)$/,
    '',
  )
}

function caption(draw: Draw, name: string): string {
  const title = words(brand(name))
  if (/-icon(-dark)?$/.test(name))
    return pick(draw, [`${title} app icon`, `${title} brand symbol`, `icon of ${title}`], 'wording', name)
  return pick(draw, [`${title} logo`, `logo of ${title}`, `the ${title} brand logo`], 'wording', name)
}
