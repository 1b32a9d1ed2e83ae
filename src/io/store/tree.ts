import type { Store } from './store.js'

/** A file as a listing shows it, before anything is known about its format. */
export interface ListedFile {
  readonly uri: string
  readonly size: number
  /** Changes whenever the bytes may have changed. */
  readonly version: string
  /** Local files: version, change time and device when listed, under which its digest is remembered. */
  readonly stamp?: string | undefined
}

export interface TreeFile extends ListedFile {
  readonly name: string
  /** Whether it is a link to a file elsewhere; undefined if that was not looked at. */
  readonly link?: boolean | undefined
}

export interface ListOptions {
  /** How many folders deep, from the folder of the prefix, where the tree can leave out the rest. */
  readonly depth?: number | undefined
  /** Called with every entry that is listed but cannot be read, and why. Folders end with a slash. */
  readonly unreadable?: ((name: string, why: string) => void) | undefined
  /** Whether to enter this folder, whose name ends with a slash; trees without folders do not ask. */
  readonly enter?: ((folder: string) => Promise<boolean>) | undefined
}

/**
 * Files that can be looked up by name: a bucket or the local file system. Names are keys or paths; `uriOf`
 * turns them into URIs.
 */
export interface FileTree {
  uriOf(name: string): string
  stat(name: string): Promise<TreeFile | undefined>
  /**
   * Everything whose name starts with `prefix`.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<TreeFile>
  /** Why a name that a listing would show cannot be read; undefined if it can be, or does not exist. */
  trouble(name: string): Promise<string | undefined>
  /** A few names in the deepest folder of `name` that exists, for messages. */
  nearby(name: string): Promise<readonly string[]>
  isFolder(name: string): Promise<boolean>
}

/** The objects of a store as files; `uriOf` makes a key a URI. */
export function storeTree(store: Store, uriOf: (key: string) => string): FileTree {
  return {
    uriOf,
    async stat(name) {
      const info = await store.stat(name)
      return info && { name, uri: uriOf(name), size: info.size, version: info.version }
    },
    async *list(prefix) {
      for await (const { key, size, version } of store.list(prefix))
        yield { name: key, uri: uriOf(key), size, version }
    },
    trouble: async () => undefined,
    async nearby(name) {
      for (
        let folder = name.slice(0, name.lastIndexOf('/') + 1);
        ;
        folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1)
      ) {
        const names: string[] = []
        for await (const { key } of store.list(folder)) if (names.push(uriOf(key)) === 1000) break
        if (names.length > 0 || folder === '') return names
      }
    },
    async isFolder(name) {
      for await (const _ of store.list(name === '' || name.endsWith('/') ? name : `${name}/`)) return true
      return false
    },
  }
}
