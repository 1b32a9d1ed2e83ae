import type { BigIntStats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileStamp, fileVersion } from '../store/local/file.js'
import { openStore } from '../store/open.js'
import type { Place } from '../store/place.js'
import { walkFiles } from '../store/local/walk.js'

/** One file of an input. `version` changes whenever the bytes may have changed. */
export interface InputFile {
  readonly uri: string
  readonly size: number
  readonly version: string
  /** Local files: version and change time when it was listed, under which its digest is remembered. */
  readonly stamp?: string | undefined
  /** `auto`: only its bytes tell (`detectFormat`). */
  readonly format: ShardFormat | 'auto'
}

export type ShardFormat = 'parquet' | 'webdataset' | 'img2dataset'

/** A file as its place shows it, before anything is known about its format. */
export interface PlacedFile {
  readonly name: string
  readonly uri: string
  readonly size: number
  readonly version: string
  readonly stamp?: string | undefined
}

/**
 * Where the files of a pattern lie: a bucket or the local file system. Names are keys or paths; `uriOf` makes
 * them URIs.
 */
export interface InputPlace {
  uriOf(name: string): string
  stat(name: string): Promise<PlacedFile | undefined>
  /**
   * Everything whose name starts with `prefix`, at most `depth` folders below the folder of the prefix where
   * the place can leave out the rest.
   */
  list(prefix: string, depth?: number): AsyncIterable<PlacedFile>
  /** A few names in the deepest folder of `name` that exists, for messages. */
  nearby(name: string): Promise<readonly string[]>
  isFolder(name: string): Promise<boolean>
}

export const localPlace: InputPlace = {
  uriOf: (name) => name,
  async stat(name) {
    const stats = await stat(name, { bigint: true }).catch(() => undefined)
    return stats?.isFile() ? localFile(name, stats) : undefined
  },
  async *list(prefix, depth) {
    const slash = prefix.lastIndexOf('/')
    const folder = prefix.slice(0, slash + 1)
    for await (const batch of walkFiles(folder || '.', prefix.slice(slash + 1), { depth })) {
      for (const { key, stats } of batch) yield localFile(folder + key, stats)
    }
  },
  async nearby(name) {
    for (let folder = dirname(`${name}.`); ; folder = dirname(folder)) {
      const names = await readdir(folder).catch(() => undefined)
      if (names) return names.map((entry) => `${folder === '/' ? '' : folder}/${entry}`)
      if (folder === dirname(folder)) return []
    }
  },
  isFolder: async (name) => (await stat(name).catch(() => undefined))?.isDirectory() ?? false,
}

function localFile(name: string, stats: BigIntStats): PlacedFile {
  return { name, uri: name, size: Number(stats.size), version: fileVersion(stats), stamp: fileStamp(stats) }
}

export async function bucketPlace(bucket: string, place?: Place): Promise<InputPlace> {
  const store = await openStore(`s3://${bucket}`, place)
  const uriOf = (name: string) => `s3://${bucket}/${name}`
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
