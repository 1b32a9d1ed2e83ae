import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { PipelineError } from '../../core/error.js'
import type { FileRecord, Output, OutputFile } from '../../stages/define.js'

const flushBytes = 1 << 20

/** A finished file on scratch, to be published under its name in the artefact. */
export interface SpooledFile extends FileRecord {
  readonly path: string
}

/** Collects a task's files on local disk, and hashes them while they are written. */
export class Spool implements Output {
  readonly files: SpooledFile[] = []
  private readonly names = new Set<string>()
  private readonly unfinished = new Set<FileHandle>()
  /** Free buffers, for reuse: tasks write most of their files one after the other. */
  private readonly buffers: Uint8Array[] = []
  private readonly folder: string
  private count = 0

  constructor(folder: string) {
    this.folder = folder
  }

  async put(name: string, bytes: Uint8Array | string, rows?: number): Promise<void> {
    const file = await this.create(name)
    await file.write(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes)
    await file.close(rows)
  }

  async create(name: string): Promise<OutputFile> {
    if (
      !/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(name) ||
      this.names.has(name)
    ) {
      throw new PipelineError({
        code: 'E_OUTPUT_NAME',
        message: `an artefact cannot have a file named ${JSON.stringify(name)}, or has one already`,
      })
    }
    this.names.add(name)
    await mkdir(this.folder, { recursive: true })
    const path = join(this.folder, String(this.count++))
    const handle = await open(path, 'wx')
    this.unfinished.add(handle)
    return new SpoolFile(name, path, handle, this.buffers, (file) => {
      this.unfinished.delete(handle)
      this.files.push(file)
    })
  }

  /** Closes the files that a failed task left open. */
  async abandon(): Promise<void> {
    for (const handle of this.unfinished) await handle.close().catch(() => {})
    this.unfinished.clear()
  }
}

class SpoolFile implements OutputFile {
  private readonly name: string
  private readonly path: string
  private readonly handle: FileHandle
  private readonly done: (file: SpooledFile) => void
  private readonly hash = createHash('sha256')
  private size = 0
  /** Buffers small writes: a tar is written in pieces of 512 bytes. */
  private pending: Uint8Array | undefined
  private filled = 0
  private writing: Promise<void> | undefined
  private readonly buffers: Uint8Array[]

  constructor(
    name: string,
    path: string,
    handle: FileHandle,
    buffers: Uint8Array[],
    done: (file: SpooledFile) => void,
  ) {
    this.name = name
    this.path = path
    this.handle = handle
    this.buffers = buffers
    this.done = done
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.size += bytes.byteLength
    if (this.filled + bytes.byteLength > flushBytes) await this.flush()
    if (bytes.byteLength >= flushBytes) {
      await this.writing
      this.hash.update(bytes)
      await writeFully(this.handle, bytes)
      return
    }
    this.pending ??= this.buffers.pop() ?? new Uint8Array(flushBytes)
    this.pending.set(bytes, this.filled)
    this.filled += bytes.byteLength
  }

  /** Does not sync: the store makes durable what it publishes, and nothing else has to last. */
  async close(rows?: number): Promise<FileRecord> {
    await this.flush()
    await this.writing
    await this.handle.close()
    const record: FileRecord = {
      name: this.name,
      size: this.size,
      sha256: this.hash.digest('hex'),
      ...(rows === undefined ? {} : { rows }),
    }
    this.done({ ...record, path: this.path })
    return record
  }

  /** Hashes while the system writes; later writes fill another buffer. */
  private async flush(): Promise<void> {
    const buffer = this.pending
    if (!buffer) return
    await this.writing
    const bytes = buffer.subarray(0, this.filled)
    this.writing = writeFully(this.handle, bytes).then(() => void this.buffers.push(buffer))
    // The error is thrown by the next `await this.writing`.
    this.writing.catch(() => {})
    this.hash.update(bytes)
    this.pending = undefined
    this.filled = 0
  }
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let at = 0
  while (at < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.byteLength - at)
    at += bytesWritten
  }
}
