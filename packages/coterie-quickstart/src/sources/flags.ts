import { continents, countries, languages, type TCountryCode, type TLanguageCode } from 'countries-list'
import { loadIconSet } from '../icon-set.js'
import type { Pair } from '../pair.js'
import { type Draw, pick } from '../wording.js'

/** The round and the rectangular flag of a country are near-twins with the same group. */
const sets = [
  { pictures: '@iconify-json/circle-flags', shape: 'round' },
  { pictures: '@iconify-json/flagpack', shape: 'rectangular' },
] as const

/** Flags of countries: "flag of Kenya, a country in Africa with the capital Nairobi". */
export function flagPairs(draw: Draw): Pair[] {
  return sets.flatMap(({ pictures, shape }) => {
    const set = loadIconSet(pictures)
    return set.names.flatMap((name) => {
      const code = name.toUpperCase()
      if (!isCountry(code)) return []
      return {
        id: `flags/${shape}/${name}`,
        source: 'flags',
        from: set.identity,
        caption: caption(draw, code, shape),
        label: continents[countries[code].continent],
        group: `flags/${name}`,
        drawing: set.drawing(name),
      } satisfies Pair
    })
  })
}

function isCountry(code: string): code is TCountryCode {
  return Object.hasOwn(countries, code)
}

function caption(draw: Draw, code: TCountryCode, shape: string): string {
  const { name, capital, continent, languages: spoken } = countries[code]
  const region = continents[continent]
  const language = spoken.map((code: TLanguageCode) => languages[code].name).join(', ')
  if (name === region) return `${shape} flag of ${name}`
  const choices = [
    `flag of ${name}, ${region}`,
    `${shape} flag of ${name} (${region})`,
    `national flag of ${name}`,
  ]
  if (capital) choices.push(`flag of ${name}, capital ${capital}, ${region}`)
  if (language) choices.push(`${name} flag, ${region}, language: ${language}`)
  return pick(draw, choices, 'flag', `${code}/${shape}`)
}
