import { realFolder } from '../real-folder.js'
import { backendOf, locate } from '../store/backends.js'

/** Tells files of a store from others, by whole segments and after links are resolved. */
export class InsideStore {
  private readonly root: Promise<string>
  private readonly folders = new Map<string, Promise<string>>()

  constructor(store: string) {
    this.root = canonical(store)
  }

  /** Whether this file, or everything below this folder, is in the store. */
  async has({ uri, link }: { readonly uri: string; readonly link?: boolean | undefined }): Promise<boolean> {
    if (
      !uri.endsWith('/') &&
      link !== false &&
      backendOf(uri).local &&
      (await this.holds(await canonical(uri)))
    )
      return true
    const folder = uri.endsWith('/') ? uri : uri.slice(0, uri.lastIndexOf('/') + 1)
    const known = this.folders.get(folder) ?? canonical(folder)
    this.folders.set(folder, known)
    return this.holds(await known)
  }

  private async holds(path: string): Promise<boolean> {
    return `${path}/`.startsWith(`${await this.root}/`)
  }
}

/** Without a slash at its end; of a local path, the real path of the longest part that exists. */
async function canonical(uri: string): Promise<string> {
  const { backend, root, key } = locate(uri)
  if (backend.local) return realFolder(key)
  return `${backend.scheme}://${root}/${key}`.replace(/\/+$/, '')
}
