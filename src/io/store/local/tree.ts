import type { BigIntStats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FileTree, TreeFile } from '../tree.js'
import { fileStamp, fileVersion } from './version.js'
import { systemCode } from '../errors.js'
import { mayRead, notPermitted, walkFiles } from './walk.js'

/** The file system of this machine; names are paths. */
export const localTree: FileTree = {
  uriOf: (name) => name,
  async stat(name) {
    const stats = await stat(name, { bigint: true }).catch(() => undefined)
    return stats?.isFile() ? localFile(name, stats) : undefined
  },
  async *list(prefix, { depth, unreadable, enter } = {}) {
    const slash = prefix.lastIndexOf('/')
    const folder = prefix.slice(0, slash + 1)
    for await (const batch of walkFiles(folder || '.', prefix.slice(slash + 1), {
      depth,
      unreadable: unreadable && ((key, why) => unreadable(folder + key, why)),
      enter: enter && ((key) => enter(folder + key)),
    })) {
      for (const { key, link, stats } of batch) yield { ...localFile(folder + key, stats), link }
    }
  },
  async trouble(name) {
    const stats = await stat(name).catch((error: unknown) => systemCode(error))
    if (typeof stats === 'object' && stats.isFile()) return mayRead(name) ? undefined : notPermitted
    if (typeof stats === 'object') return stats.isDirectory() ? undefined : 'a socket, pipe or device'
    if (stats === 'EACCES') return notPermitted
    const link = await lstat(name).catch(() => undefined)
    return link?.isSymbolicLink() ? 'a link without a target' : undefined
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

function localFile(name: string, stats: BigIntStats): TreeFile {
  return { name, uri: name, size: Number(stats.size), version: fileVersion(stats), stamp: fileStamp(stats) }
}
