import { loadCharacters, loadIconSet } from '../icon-set.js'
import { packageJson } from '../package-data.js'
import type { Pair } from '../pair.js'
import { type Draw, fresh, words } from '../wording.js'

const pictures = '@iconify-json/fluent-emoji-flat'

/**
 * All plain forms of emoji are kept, and this share of their skin-tone forms: enough near-twins to need a
 * hold-out by group, few enough not to dominate.
 */
const toneShare = 0.12

const tones = new Map([
  [0x1f3fb, 'light skin tone'],
  [0x1f3fc, 'medium-light skin tone'],
  [0x1f3fd, 'medium skin tone'],
  [0x1f3fe, 'medium-dark skin tone'],
  [0x1f3ff, 'dark skin tone'],
])

/** Words that do not belong in a demonstration. */
const excluded = new Set([
  'virgin',
  'middle_finger',
  'fuck',
  'flipping',
  'drunk',
  'sexy',
  'nude',
  'boob',
  'boobs',
  'poop',
  'shit',
  'hankey',
  'turd',
])

/**
 * Microsoft's Fluent emoji with the names and keywords of emojilib: "cat face, animal, meow, nature, pet,
 * kitten".
 */
export function emojiPairs(draw: Draw): Pair[] {
  const set = loadIconSet(pictures)
  const wordsOf = loadWords()
  const seen = new Set(set.names)
  return [...loadCharacters(pictures)].flatMap(([codePoints, name]) => {
    const points = codePoints.split('-').map((point) => Number.parseInt(point, 16))
    const tone = points.map((point) => tones.get(point)).find((found) => found !== undefined)
    if (!seen.has(name) || (tone && draw('tone', codePoints) >= toneShare)) return []
    const plain = points.filter((point) => !tones.has(point))
    return {
      id: `emoji/${name}`,
      source: 'emoji',
      from: set.identity,
      caption: caption(draw, wordsOf(plain), tone),
      label: set.categories(name)[0] ?? null,
      group: `emoji/${plain.map((point) => point.toString(16)).join('-')}`,
      drawing: set.drawing(name),
    } satisfies Pair
  })
}

/**
 * Names and keywords by emoji. The variation selector U+FE0F, which either package may leave out, is ignored.
 */
function loadWords(): (points: readonly number[]) => readonly string[] {
  const spelled = Object.entries(packageJson<{ readonly [emoji: string]: readonly string[] }>('emojilib'))
  const known = new Map(spelled.map(([emoji, found]) => [emoji.replaceAll('\ufe0f', ''), found]))
  return (points) => known.get(String.fromCodePoint(...points).replaceAll('\ufe0f', '')) ?? []
}

/** Empty if the package has no words: such rows stay in the crawl and are dropped when it is read. */
function caption(draw: Draw, [name, ...keywords]: readonly string[], tone: string | undefined): string {
  if (name === undefined) return ''
  const title = tone ? `${words(name)}: ${tone}` : words(name)
  const known = keywords
    .filter((keyword) => !excluded.has(keyword) && /^[\p{L}\p{N}_ -]+$/u.test(keyword))
    .map(words)
  return [title, ...fresh(known, title, 2 + Math.floor(draw('keywords', title) * 5))].join(', ')
}
