/** Names of things that plugins add: `plugin:name`. Built-in names have no colon. */

const name = '[a-z][a-z0-9-]{0,31}'

/** Name of a plugin or of a thing that it adds, as the source of a regular expression. */
export const plainNamePattern = `^${name}$`
export const pluginMemberPattern = `^${name}:${name}$`

const plain = new RegExp(plainNamePattern)
const member = new RegExp(pluginMemberPattern)

export function isPlainName(text: string): boolean {
  return plain.test(text)
}

export function isPluginMember(text: string): boolean {
  return member.test(text)
}

/** The plugin that a name belongs to; undefined for built-in names and anything else. */
export function pluginOf(text: string): string | undefined {
  return member.test(text) ? text.slice(0, text.indexOf(':')) : undefined
}
