import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3'
import pLimit from 'p-limit'
import { wrongBody } from '../errors.js'
import type { LocalFile } from '../store.js'
import type { Connection } from './retrying-client.js'
import { verdictOf, type Verdict } from './failure.js'
import { headObject } from './head.js'
import { sameDigest, type S3Write } from './write.js'

/** S3's limit. */
const maxParts = 10_000
/** Parts in memory at once, for one file. */
const partsAtOnce = 4
/** A 409 on completion ends the upload, so that it has to begin again. */
const maxUploads = 8

/**
 * Creates a large object once: parts, then a conditional completion. The file is hashed while it is sent,
 * and the upload is only completed if its digest is the expected one. The upload of a losing writer is
 * aborted.
 */
export async function createMultipart(
  connection: Connection,
  of: S3Write,
  file: LocalFile,
): Promise<'created' | 'exists'> {
  let unknown = false
  for (let upload = 1; ; upload++) {
    if (await headObject(connection, of)) return unknown ? ours(connection, of, file) : 'exists'
    const id = await connection.request({
      uri: of.uri,
      action: 'writing',
      signal: of.signal,
      send: async (client, abortSignal) => {
        const begun = new CreateMultipartUploadCommand({
          Bucket: of.bucket,
          Key: of.key,
          ...partChecksum(connection),
        })
        const answer = await client.send(begun, { abortSignal })
        return answer.UploadId as string
      },
    })
    let outcome: Completion | undefined
    try {
      const parts = await sendParts(connection, of, id, file)
      outcome = await complete(connection, of, id, parts)
    } finally {
      if (outcome?.state !== 'created') await abort(connection, of, id)
    }
    unknown ||= outcome.unknown
    if (outcome.state === 'created') return 'created'
    if (outcome.state === 'refused') return unknown ? ours(connection, of, file) : 'exists'
    if (upload === maxUploads) throw outcome.error
    await connection.clock.sleep(connection.waitAfter(upload), of.signal)
  }
}

interface Completion {
  /**
   * `lost`: the upload is gone, either because it was completed by a request whose answer was lost or because
   * of a 409.
   */
  readonly state: 'created' | 'refused' | 'lost'
  /** Whether a request of unknown outcome went before. */
  readonly unknown: boolean
  readonly error?: unknown
}

async function complete(
  connection: Connection,
  of: S3Write,
  id: string,
  parts: CompletedPart[],
): Promise<Completion> {
  let unknown = false
  const recover = async (verdict: Verdict, error: unknown): Promise<{ value: Completion } | undefined> => {
    if (verdict === 'precondition') return { value: { state: 'refused', unknown } }
    if (verdict === 'conflict' || verdict === 'absent') return { value: { state: 'lost', unknown, error } }
    if (verdict === 'again' || verdict === 'slow_down') unknown = true
    return undefined
  }
  return connection.request<Completion>({
    uri: of.uri,
    action: 'writing',
    signal: of.signal,
    // S3 may take minutes to answer a large completion.
    upload_bytes: 10_000_000,
    recover,
    send: async (client, abortSignal) => {
      await client.send(
        new CompleteMultipartUploadCommand({
          Bucket: of.bucket,
          Key: of.key,
          UploadId: id,
          IfNoneMatch: '*',
          MultipartUpload: { Parts: parts },
        }),
        { abortSignal },
      )
      return { state: 'created', unknown }
    },
  })
}

/** Reads the file once, in order, for its digest; sends several parts at once. */
async function sendParts(
  connection: Connection,
  of: S3Write,
  id: string,
  file: LocalFile,
): Promise<CompletedPart[]> {
  const fitting = Math.ceil(file.size / maxParts / 2 ** 20) * 2 ** 20
  const partBytes = file.size <= connection.part_bytes * maxParts ? connection.part_bytes : fitting
  const slot = pLimit(partsAtOnce)
  const hash = createHash('sha256')
  const sent: Promise<CompletedPart>[] = []
  const handle = await open(file.path, 'r')
  let failure: unknown
  try {
    for (let at = 0, number = 1; at < file.size && failure === undefined; at += partBytes, number++) {
      const bytes = await readPart(handle, file, at, Math.min(partBytes, file.size - at))
      hash.update(bytes)
      const part = slot(() => sendPart(connection, of, id, number, bytes))
      part.catch((error: unknown) => {
        failure ??= error
      })
      sent.push(part)
      // Reading ahead of the network would hold the whole file in memory.
      if (slot.pendingCount > 0) await Promise.race(sent.slice(-partsAtOnce - 1)).catch(() => {})
    }
    const longer = await handle.read(Buffer.alloc(1), 0, 1, file.size)
    if (longer.bytesRead > 0) throw wrongBody(file.path, `${file.size} bytes`, 'more')
    const parts = await Promise.all(sent)
    const found = hash.digest('hex')
    if (found !== file.sha256) throw wrongBody(file.path, `sha256 ${file.sha256}`, `sha256 ${found}`)
    return parts
  } finally {
    slot.clearQueue()
    await handle.close()
  }
}

async function readPart(
  handle: FileHandle,
  file: LocalFile,
  at: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) throw wrongBody(file.path, `${file.size} bytes`, `${at + done} bytes`)
    done += bytesRead
  }
  return bytes
}

async function sendPart(
  connection: Connection,
  of: S3Write,
  id: string,
  number: number,
  bytes: Uint8Array,
): Promise<CompletedPart> {
  return connection.request({
    uri: of.uri,
    action: 'writing',
    signal: of.signal,
    upload_bytes: bytes.byteLength,
    send: async (client, abortSignal) => {
      const answer = await client.send(
        new UploadPartCommand({
          Bucket: of.bucket,
          Key: of.key,
          UploadId: id,
          PartNumber: number,
          Body: bytes,
          ContentLength: bytes.byteLength,
        }),
        { abortSignal },
      )
      return {
        PartNumber: number,
        ETag: answer.ETag,
        ...(answer.ChecksumCRC32 ? { ChecksumCRC32: answer.ChecksumCRC32 } : {}),
      }
    },
  })
}

/** What the SDK adds to each part by itself has to be announced. */
function partChecksum(connection: Connection): { ChecksumAlgorithm?: 'CRC32' } {
  return connection.sdk_checksums ? { ChecksumAlgorithm: 'CRC32' } : {}
}

async function ours(connection: Connection, of: S3Write, file: LocalFile): Promise<'created' | 'exists'> {
  return (await sameDigest(connection, of, file.size, file.sha256)).same ? 'created' : 'exists'
}

/** Best effort: what is left is found by `sweep` and by the bucket's lifecycle rule. */
async function abort(connection: Connection, of: S3Write, id: string): Promise<void> {
  try {
    await connection.request({
      uri: of.uri,
      action: 'aborting an upload',
      send: (client, abortSignal) =>
        client.send(new AbortMultipartUploadCommand({ Bucket: of.bucket, Key: of.key, UploadId: id }), {
          abortSignal,
        }),
    })
  } catch (error) {
    if (verdictOf(error) === 'absent') return
    connection.log.warn(
      { uri: of.uri, upload: id, reason: String(error) },
      'an unfinished upload could not be aborted',
    )
  }
}
