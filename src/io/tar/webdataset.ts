import type { ByteSource } from '../source.js'
import { readTar, type TarReadOptions } from './read.js'

/** Consecutive members of a tar that share a stem: one sample. */
export interface WebDatasetSample {
  /** Path up to the first dot of the file name, as `nameOf` decodes it. */
  readonly key: string
  /** Position among the samples of the tar. */
  readonly index: number
  /** By extension, lower case, without the first dot: `jpg`, `txt`, `seg.png`. */
  readonly members: ReadonlyMap<string, WebDatasetMember>
  /** A member name that must not be trusted: absolute, with `..`, or with a NUL. */
  readonly unsafe?: string | undefined
  /** Names of its links by extension: the readers of this format pass over them. */
  readonly links?: ReadonlyMap<string, string> | undefined
}

export interface WebDatasetMember {
  readonly name: string
  /** Undefined where the bytes are not in one piece of the tar. */
  readonly offset: number | undefined
  readonly size: number
  /** As `readTar` gives them; empty where the member was not wanted or is larger than the cap. */
  readonly bytes: Uint8Array
  readonly read: boolean
}

/** The samples of a WebDataset tar in order. Errors are those of `readTar`. */
export async function* readWebDataset(
  source: ByteSource,
  options: TarReadOptions = {},
): AsyncIterable<WebDatasetSample> {
  let key: string | undefined
  let members = new Map<string, WebDatasetMember>()
  /** Links of one key, which the sample that comes next may have. */
  let links: { readonly key: string; readonly names: Map<string, string> } | undefined
  let ownLinks: typeof links
  let unsafe: string | undefined
  let index = 0
  const finish = (): WebDatasetSample => ({
    key: key ?? '',
    index: index++,
    members,
    ...(ownLinks ? { links: ownLinks.names } : {}),
    ...(unsafe === undefined ? {} : { unsafe }),
  })
  for await (const { name, size, offset, bytes, link } of readTar(source, options)) {
    const split = splitName(name)
    // A file without extension belongs to no sample, as for the readers of this format.
    if (!split) continue
    if (link) {
      if (links?.key !== split.key) links = { key: split.key, names: new Map() }
      links.names.set(split.extension, name)
      if (split.key === key) ownLinks = links
      continue
    }
    // A second member with the same extension begins a new sample: keys may repeat.
    if (key !== undefined && (split.key !== key || members.has(split.extension))) {
      yield finish()
      members = new Map()
      unsafe = undefined
      ownLinks = undefined
    }
    key = split.key
    if (links?.key === key) ownLinks = links
    members.set(split.extension, { name, offset, size, bytes: bytes ?? none, read: bytes !== null })
    if (isUnsafe(name)) unsafe = name
  }
  if (members.size > 0) yield finish()
}

const none = new Uint8Array(0)

/** `a/b.c/d.seg.PNG` → key `a/b.c/d`, extension `seg.png`. */
export function splitName(name: string): { key: string; extension: string } | undefined {
  const slash = name.lastIndexOf('/')
  const dot = name.indexOf('.', slash + 1)
  // Hidden files (`._x.jpg` of macOS archives) are no samples either.
  if (dot <= slash + 1) return isUnsafe(name) ? { key: name, extension: '' } : undefined
  return { key: name.slice(0, dot), extension: name.slice(dot + 1).toLowerCase() }
}

export function isUnsafe(name: string): boolean {
  return name.startsWith('/') || name.includes('\0') || name.split('/').includes('..')
}
