/** Markup that is safe to insert into the page unescaped. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

type Part = Html | string | number | null | undefined | readonly Part[]

/**
 * Template tag: everything interpolated is escaped unless it is already `Html`; lists are joined, null
 * renders as nothing.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    strings.reduce((markup, text, i) => markup + text + (i < parts.length ? render(parts[i]) : ''), ''),
  )
}

function render(part: Part): string {
  if (part === null || part === undefined) return ''
  if (part instanceof Html) return part.markup
  if (Array.isArray(part)) return part.map(render).join('')
  return escape(String(part))
}

/**
 * For text and for attributes in double quotes. Control characters and direction overrides come from crawls:
 * they are shown as escapes instead of taking effect.
 */
export function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}
