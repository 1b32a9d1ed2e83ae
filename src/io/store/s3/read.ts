import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3'
import type { Readable } from 'node:stream'
import { PipelineError } from '../../../core/error.js'
import { changed, notFound, shortRead } from '../errors.js'
import type { ByteRange } from '../store.js'
import { watchedBody } from './body.js'
import type { Connection } from './retrying-client.js'
import { named, verdictOf } from './failure.js'

export interface S3Read {
  readonly bucket: string
  readonly key: string
  readonly uri: string
  readonly range?: ByteRange | undefined
  readonly version?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Progress of this much makes a connection that keeps breaking worth its next attempt. */
const progressBytes = 64 << 10

/**
 * Streams the object's bytes in order. A body that breaks or stalls is resumed at its offset. All pieces
 * are of one version, or `E_CHANGED` is thrown. The SDK retries requests but never bodies (aws-sdk-js-v3
 * #4897). `announce` is called with the length before the first piece.
 */
export async function* streamObject(
  connection: Connection,
  of: S3Read,
  announce?: (length: number) => void,
): AsyncGenerator<Uint8Array> {
  const start = Math.max(0, of.range?.start ?? 0)
  let end = of.range?.end
  let pin = of.version
  let at = start
  let failures = 0
  let since = 0
  let resumedAt = -1
  if (end !== undefined && end <= start) return
  for (;;) {
    const opened = await open(connection, of, { at, end, pin, first: at === start })
    if (opened === 'past the end') return
    pin ??= opened.etag
    end = Math.min(end ?? opened.total, opened.total)
    if (at === start) announce?.(end - start)
    if (resumedAt >= 0) connection.log.debug({ uri: of.uri, at, failures }, 'reading: resumed')
    try {
      for await (const piece of watchedBody(opened.body, connection.idle_ms, of.signal)) {
        // A Buffer's `slice` is a view, a Uint8Array's a copy: consumers count on the second.
        const wanted = new Uint8Array(piece.buffer, piece.byteOffset, Math.min(piece.byteLength, end - at))
        at += wanted.byteLength
        if (wanted.byteLength > 0) yield wanted
        if (at >= end) break
      }
      if (at >= end) return
      throw shortRead(of.uri, end - start, at - start)
    } catch (error) {
      of.signal?.throwIfAborted()
      if (!isInterrupted(error)) throw named(error, of.uri, 'reading')
      if (failures === 0 || at - resumedAt >= progressBytes) {
        failures = 0
        since = connection.clock.monotonic()
      }
      resumedAt = at
      failures++
      const wait = connection.waitAfter(failures)
      if (connection.clock.monotonic() - since + wait > connection.budget_ms)
        throw unfinished(of.uri, end - start, at - start, error)
      await connection.clock.sleep(wait, of.signal)
    }
  }
}

/** The same bytes in one piece. */
export async function readObject(connection: Connection, of: S3Read): Promise<Uint8Array> {
  let bytes = new Uint8Array(0)
  let at = 0
  const pieces = streamObject(connection, of, (length) => {
    bytes = new Uint8Array(length)
  })
  for await (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}

interface Opened {
  readonly body: Readable
  readonly etag: string | undefined
  /** Bytes of the whole object. */
  readonly total: number
}

interface Attempt {
  /** First byte to read. */
  readonly at: number
  /** Exclusive; undefined until the object's size is known. */
  readonly end: number | undefined
  /** ETag that the object must still have. */
  readonly pin: string | undefined
  /** Nothing of the object has been read yet. */
  readonly first: boolean
}

async function open(
  connection: Connection,
  of: S3Read,
  { at, end, pin, first }: Attempt,
): Promise<Opened | 'past the end'> {
  const ranged = at > 0 || end !== undefined
  let answer: GetObjectCommandOutput
  try {
    answer = await connection.request({
      uri: of.uri,
      action: 'reading',
      signal: of.signal,
      send: (client, abortSignal) =>
        client.send(
          new GetObjectCommand({
            Bucket: of.bucket,
            Key: of.key,
            ...(ranged ? { Range: `bytes=${at}-${end === undefined ? '' : end - 1}` } : {}),
            ...(pin === undefined ? {} : { IfMatch: pin }),
          }),
          { abortSignal },
        ),
    })
  } catch (error) {
    of.signal?.throwIfAborted()
    const verdict = verdictOf(error)
    if (verdict === 'range' && first) return 'past the end'
    if (verdict === 'precondition' || verdict === 'range')
      throw changed(of.uri, pin ?? 'as it was', 'another version')
    // Ours to name: it was there when the reading began.
    if (verdict === 'absent') throw first && of.version === undefined ? notFound(of.uri) : removed(of.uri)
    throw named(error, of.uri, 'reading')
  }
  const body = answer.Body as Readable
  // The consumer learns of errors through its own pieces; without this a late one would end the process.
  body.on('error', () => {})
  const total = totalOf(answer, at, ranged)
  if (total === undefined) {
    body.destroy()
    throw new PipelineError({
      code: 'E_RANGE_IGNORED',
      message: 'the server did not return the requested range',
      place: of.uri,
      expected: `bytes from ${at}`,
      found: answer.ContentRange ?? 'no Content-Range',
      hint: 'run `coterie doctor store` on it',
    })
  }
  if (pin !== undefined && answer.ETag !== undefined && answer.ETag !== pin) {
    body.destroy()
    throw changed(of.uri, pin, answer.ETag)
  }
  return { body, etag: answer.ETag, total }
}

function totalOf(answer: GetObjectCommandOutput, at: number, ranged: boolean): number | undefined {
  const parts = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? '')
  if (parts) return Number(parts[1]) === at ? Number(parts[3]) : undefined
  return ranged && at > 0 ? undefined : answer.ContentLength
}

function isInterrupted(error: unknown): boolean {
  if (error instanceof PipelineError) return error.code === 'E_SHORT_READ'
  const verdict = verdictOf(error)
  return verdict === 'again' || verdict === 'slow_down' || /aborted|premature|terminated/i.test(String(error))
}

function removed(uri: string): PipelineError {
  const hint = 'put it back, or run `coterie plan` again'
  return new PipelineError({
    code: 'E_NOT_FOUND',
    message: 'the object was removed while it was in use',
    place: uri,
    hint,
  })
}

function unfinished(uri: string, expected: number, found: number, cause: unknown): PipelineError {
  return new PipelineError({
    code: 'E_CONNECTION_LOST',
    message: 'the connection kept breaking before the object was read',
    place: uri,
    expected: `${expected} bytes`,
    found: `${found} bytes; at last: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'run again; what was committed is kept',
    cause,
  })
}
