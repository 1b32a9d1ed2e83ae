import {
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3'
import { PipelineError } from '../../../core/error.js'
import type { ObjectInfo } from '../store.js'
import type { Connection } from './retrying-client.js'

/**
 * Every object below a prefix, in pages of a thousand. A page that is truncated, repeats or goes backwards
 * is an error, never the end.
 */
export async function* listObjects(
  connection: Connection,
  bucket: string,
  prefix: string,
): AsyncGenerator<ObjectInfo> {
  const uri = `s3://${bucket}/${prefix}`
  const page = (token: string | undefined) => {
    const answer = connection.ask({
      uri,
      action: 'listing',
      send: async (client, abortSignal) => {
        const found = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
          { abortSignal },
        )
        checkPage(found)
        return found
      },
    })
    answer.catch(() => {})
    return answer
  }
  const tokens = new Set<string>()
  let last: string | undefined
  let next: Promise<ListObjectsV2CommandOutput> | undefined = page(undefined)
  while (next) {
    const {
      Contents = [],
      IsTruncated,
      NextContinuationToken: token,
    }: ListObjectsV2CommandOutput = await next
    const stuck = token === undefined || tokens.has(token) || Contents.length === 0
    if (IsTruncated && stuck) throw badListing(uri, 'the listing is truncated but has no next page')
    if (token !== undefined) tokens.add(token)
    next = IsTruncated ? page(token) : undefined
    for (const { Key: key = '', Size: size = 0, ETag: version = '', LastModified: modified } of Contents) {
      if (last !== undefined && !isBefore(last, key)) throw badListing(uri, `${key} comes after ${last}`)
      if (!key.startsWith(prefix)) throw badListing(uri, `${key} is not below the prefix`)
      last = key
      yield { key, size, version, modified_ms: modified?.getTime() ?? 0 }
    }
  }
}

/** S3 orders by UTF-8 bytes, which differs from code units beyond the basic plane only. */
function isBefore(a: string, b: string): boolean {
  return a < b || Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
}

/** The SDK accepts a truncated XML document; its key count reveals it. Throws a retryable error. */
function checkPage(found: ListObjectsV2CommandOutput): void {
  const count = found.Contents?.length ?? 0
  if (found.IsTruncated === undefined || (found.KeyCount !== undefined && found.KeyCount !== count)) {
    throw Object.assign(
      new Error(`a page of ${found.KeyCount ?? 'unknown length'} keys arrived with ${count}`),
      { name: 'IncompleteBody' },
    )
  }
}

export interface UnfinishedUpload {
  readonly key: string
  readonly id: string
  readonly started_ms: number
}

/** Multipart uploads that were neither completed nor aborted. */
export async function* listUploads(
  connection: Connection,
  bucket: string,
  prefix: string,
): AsyncGenerator<UnfinishedUpload> {
  const uri = `s3://${bucket}/${prefix}`
  let keyMarker: string | undefined
  let idMarker: string | undefined
  for (;;) {
    const answer = await connection.ask({
      uri,
      action: 'listing uploads',
      send: (client, abortSignal) => {
        const page = { Bucket: bucket, Prefix: prefix, KeyMarker: keyMarker, UploadIdMarker: idMarker }
        return client.send(new ListMultipartUploadsCommand(page), { abortSignal })
      },
    })
    for (const { Key: key = '', UploadId: id = '', Initiated: started } of answer.Uploads ?? []) {
      if (key.startsWith(prefix)) yield { key, id, started_ms: started?.getTime() ?? 0 }
    }
    if (!answer.IsTruncated) return
    const same = answer.NextKeyMarker === keyMarker && answer.NextUploadIdMarker === idMarker
    if (!answer.NextKeyMarker || same) throw badListing(uri, 'the list of uploads repeats itself')
    keyMarker = answer.NextKeyMarker
    idMarker = answer.NextUploadIdMarker
  }
}

function badListing(uri: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_BAD_LISTING',
    message: "the server's listing cannot be trusted",
    place: uri,
    expected: 'pages in order, each beginning after the one before',
    found,
    hint: 'run `coterie doctor store` on it',
  })
}
