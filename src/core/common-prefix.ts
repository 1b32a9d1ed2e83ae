/** What all names begin with; empty where there are none. */
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

/** The deepest folder that all paths are in, with its slash; empty where they share none. */
export function commonFolder(paths: Iterable<string>): string {
  const prefix = commonPrefix(paths)
  return prefix.slice(0, prefix.lastIndexOf('/') + 1)
}
