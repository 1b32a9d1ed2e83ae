import { createHash } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import type { Connection } from './retrying-client.js'
import { verdictOf, type Verdict } from './failure.js'
import { headObject } from './head.js'
import { streamObject } from './read.js'

export interface S3Write {
  readonly bucket: string
  readonly key: string
  readonly uri: string
  readonly signal?: AbortSignal | undefined
}

/** The new version, or what is there does not meet the condition. */
export type Put = { readonly version: string } | 'refused'

export type Condition = { readonly absent: true } | { readonly version: string }

/**
 * A conditional put of a whole body. Where an answer is lost or the server fails, the object may have been
 * written all the same: the same conditional request is repeated (absence is not final), and a precondition
 * that then fails is held against the bytes that are there.
 */
export async function putObject(
  connection: Connection,
  of: S3Write,
  body: Uint8Array,
  condition: Condition,
): Promise<Put> {
  let unknown = false
  const settle = async (verdict: Verdict) => {
    const refused = verdict === 'precondition' || (verdict === 'absent' && 'version' in condition)
    if (refused) return { value: unknown ? await held(connection, of, body) : ('refused' as const) }
    if (verdict === 'again' || verdict === 'slow_down') unknown = true
    return undefined
  }
  try {
    return await connection.request<Put>({
      uri: of.uri,
      action: 'writing',
      signal: of.signal,
      upload_bytes: body.byteLength,
      recover: settle,
      send: async (client, abortSignal) => {
        const answer = await client.send(
          new PutObjectCommand({
            Bucket: of.bucket,
            Key: of.key,
            Body: body,
            ContentLength: body.byteLength,
            ...('absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.version }),
          }),
          { abortSignal },
        )
        return { version: answer.ETag ?? '' }
      },
    })
  } catch (error) {
    const verdict = verdictOf(error)
    if (unknown && (verdict === 'again' || verdict === 'slow_down')) {
      const there = await held(connection, of, body).catch(() => 'refused' as const)
      if (there !== 'refused') return there
    }
    throw error
  }
}

/** Whether the object that is there has these very bytes, and its version. */
async function held(connection: Connection, of: S3Write, body: Uint8Array): Promise<Put> {
  const { same, version } = await sameDigest(
    connection,
    of,
    body.byteLength,
    createHash('sha256').update(body).digest('hex'),
  )
  return same ? { version } : 'refused'
}

/** Reads back and compares. An object that vanished in between is not the same. */
export async function sameDigest(
  connection: Connection,
  of: S3Write,
  size: number,
  sha256: string,
): Promise<{ same: boolean; version: string }> {
  const head = await headObject(connection, of)
  if (!head || head.size !== size) return { same: false, version: '' }
  const hash = createHash('sha256')
  for await (const piece of streamObject(connection, { ...of, version: head.version })) hash.update(piece)
  return { same: hash.digest('hex') === sha256, version: head.version }
}
