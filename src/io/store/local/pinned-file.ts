import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { changed, notFound, shortRead, systemCode } from '../errors.js'
import { fileVersion } from './version.js'

/**
 * An open file at one version, for many small synchronous reads. Throws `E_CHANGED` if it is not, or no
 * longer, that version.
 */
export class PinnedFile {
  private readonly fd: number
  private readonly uri: string
  private readonly version: string

  constructor({
    path,
    uri,
    version,
  }: {
    readonly path: string
    readonly uri: string
    readonly version: string
  }) {
    this.uri = uri
    this.version = version
    try {
      this.fd = openSync(path, 'r')
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') throw notFound(uri)
      throw error
    }
    try {
      this.check()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Fills `bytes` from `start` on. */
  read(bytes: Uint8Array, start: number): void {
    for (let done = 0; done < bytes.byteLength;) {
      const got = readSync(this.fd, bytes, done, bytes.byteLength - done, start + done)
      if (got === 0) throw shortRead(this.uri, bytes.byteLength, done)
      done += got
    }
  }

  /** To be called after the last read, to ensure that all bytes are of one version. */
  check(): void {
    const version = fileVersion(fstatSync(this.fd, { bigint: true }))
    if (version !== this.version) throw changed(this.uri, this.version, version)
  }

  close(): void {
    closeSync(this.fd)
  }
}
