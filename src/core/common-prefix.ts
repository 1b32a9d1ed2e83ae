/** The longest common prefix; empty if there are no names. */
export function commonPrefix(names: Iterable<string>): string {
  let prefix: string | undefined
  for (const name of names) {
    prefix ??= name
    let length = Math.min(prefix.length, name.length)
    while (!name.startsWith(prefix.slice(0, length))) length--
    prefix = prefix.slice(0, length)
  }
  return prefix ?? ''
}

/** The deepest folder that contains all paths, with its slash; empty if there is none. */
export function commonFolder(paths: Iterable<string>): string {
  const prefix = commonPrefix(paths)
  return prefix.slice(0, prefix.lastIndexOf('/') + 1)
}
