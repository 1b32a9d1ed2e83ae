import { escape, Html } from '../html.js'

/** Attributes of an element; undefined ones are omitted. */
export type Attributes = { readonly [name: string]: string | number | undefined }

/** One SVG element. Numbers keep two decimals: the page shows no more, and its bytes stay the same. */
export function element(name: string, attributes: Attributes, ...content: readonly (Html | string)[]): Html {
  const named = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escape(value ?? '')}"`)
    .join('')
  const inner = content.map((part) => (part instanceof Html ? part.markup : escape(part))).join('')
  return new Html(inner === '' ? `<${name}${named}/>` : `<${name}${named}>${inner}</${name}>`)
}

/**
 * A drawing with an accessible name. Text and lines take the page's colour, so that charts follow light and
 * dark mode.
 */
export function drawing(
  { width, height, label }: { readonly width: number; readonly height: number; readonly label: string },
  content: readonly Html[],
): Html {
  return element(
    'svg',
    {
      role: 'img',
      'aria-label': label,
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'font-family': 'system-ui, sans-serif',
      'font-size': 12,
      fill: 'currentColor',
    },
    ...content,
  )
}

function rounded(value: number): string {
  const text = value.toFixed(2).replace(/\.?0+$/, '')
  return text === '-0' ? '0' : text
}
