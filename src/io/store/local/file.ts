import { open, type FileHandle } from 'node:fs/promises'
import { changed, notFound, shortRead, systemCode } from '../errors.js'
import type { ByteRange } from '../store.js'
import { fileVersion } from './version.js'

const pieceBytes = 1 << 20

export interface FileRead {
  readonly path: string
  /** For messages. */
  readonly uri: string
  readonly range?: ByteRange | undefined
  readonly version?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Reads a range, truncated at the end of the file. */
export async function readFileRange(of: FileRead): Promise<Uint8Array> {
  return withFile(of, async (file, start, end) => {
    const bytes = Buffer.allocUnsafeSlow(end - start)
    await fill(file, bytes, start, of.uri)
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  })
}

/** The same bytes in pieces of at most 1 MiB, one piece read ahead. */
export async function* streamFile(of: FileRead): AsyncGenerator<Uint8Array> {
  const { file, start, end } = await openPinned(of)
  let ahead: Promise<Uint8Array> | undefined
  try {
    const piece = (at: number) => {
      const bytes = Buffer.allocUnsafeSlow(Math.min(pieceBytes, end - at))
      const filled = fill(file, bytes, at, of.uri).then(
        () => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      )
      filled.catch(() => {})
      return filled
    }
    if (start < end) ahead = piece(start)
    for (let at = start; at < end; at += pieceBytes) {
      of.signal?.throwIfAborted()
      const bytes = await (ahead as Promise<Uint8Array>)
      ahead = at + pieceBytes < end ? piece(at + pieceBytes) : undefined
      yield bytes
    }
    await checkPin(file, of)
  } finally {
    await ahead?.catch(() => {})
    await file.close()
  }
}

async function withFile<T>(
  of: FileRead,
  use: (file: FileHandle, start: number, end: number) => Promise<T>,
): Promise<T> {
  const { file, start, end } = await openPinned(of)
  try {
    const result = await use(file, start, end)
    await checkPin(file, of)
    return result
  } finally {
    await file.close()
  }
}

async function openPinned(of: FileRead): Promise<{ file: FileHandle; start: number; end: number }> {
  of.signal?.throwIfAborted()
  const file = await open(of.path, 'r').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') throw notFound(of.uri)
    throw error
  })
  try {
    const stats = await file.stat({ bigint: true })
    if (!stats.isFile()) throw notFound(of.uri)
    if (of.version !== undefined && fileVersion(stats) !== of.version)
      throw changed(of.uri, of.version, fileVersion(stats))
    const size = Number(stats.size)
    const start = Math.min(Math.max(of.range?.start ?? 0, 0), size)
    const end = Math.max(Math.min(of.range?.end ?? size, size), start)
    return { file, start, end }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** A file that was written to while it was read counts as replaced. */
async function checkPin(file: FileHandle, of: FileRead): Promise<void> {
  if (of.version === undefined) return
  const version = fileVersion(await file.stat({ bigint: true }))
  if (version !== of.version) throw changed(of.uri, of.version, version)
}

async function fill(file: FileHandle, bytes: Buffer, start: number, uri: string): Promise<void> {
  let done = 0
  while (done < bytes.byteLength) {
    const { bytesRead } = await file.read(bytes, done, bytes.byteLength - done, start + done)
    if (bytesRead === 0) throw shortRead(uri, bytes.byteLength, done)
    done += bytesRead
  }
}
