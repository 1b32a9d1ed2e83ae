import { HeadObjectCommand } from '@aws-sdk/client-s3'
import type { Connection } from './retrying-client.js'
import { named, verdictOf } from './failure.js'

export interface Head {
  readonly size: number
  /** The ETag with its quotes: opaque, and what `If-Match` takes. */
  readonly version: string
  readonly modified_ms: number
}

export async function headObject(
  connection: Connection,
  of: { bucket: string; key: string; uri: string },
): Promise<Head | undefined> {
  try {
    const answer = await connection.request({
      uri: of.uri,
      action: 'looking',
      send: (client, abortSignal) =>
        client.send(new HeadObjectCommand({ Bucket: of.bucket, Key: of.key }), { abortSignal }),
    })
    return {
      size: answer.ContentLength ?? 0,
      version: answer.ETag ?? '',
      modified_ms: answer.LastModified?.getTime() ?? 0,
    }
  } catch (error) {
    if (verdictOf(error) === 'absent') return undefined
    throw named(error, of.uri, 'looking')
  }
}
