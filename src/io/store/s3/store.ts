import { readFile } from 'node:fs/promises'
import { AbortMultipartUploadCommand, DeleteObjectCommand } from '@aws-sdk/client-s3'
import { sha256 } from '../../../core/digest.js'
import { wrongBody } from '../errors.js'
import { checkKey, checkPrefix } from '../key.js'
import type { S3Settings } from './settings.js'
import type { Body, ObjectInfo, ReadOptions, Store } from '../store.js'
import { Connection, type ConnectionOptions } from './retrying-client.js'
import { named } from './failure.js'
import { headObject } from './head.js'
import { listObjects, listUploads } from './list.js'
import { createMultipart } from './multipart.js'
import { readObject, streamObject } from './read.js'
import { putObject } from './write.js'

/** Stores with the same settings share sockets, back-off and the limit on concurrent requests. */
const connections = new Map<string, Connection>()

/** A prefix of a bucket. `options` (clock, jitter) opens a separate connection for it. */
export function s3Store(
  bucket: string,
  prefix: string,
  settings: S3Settings = {},
  options?: ConnectionOptions,
): Store {
  const id = JSON.stringify(Object.entries(settings).sort())
  const connection = options
    ? new Connection(settings, options)
    : (connections.get(id) ?? new Connection(settings))
  if (!options) connections.set(id, connection)
  return new S3Store(connection, bucket, prefix.replace(/\/+$/, ''))
}

class S3Store implements Store {
  readonly uri: string
  private readonly connection: Connection
  private readonly bucket: string
  /** Empty, or ends with `/`. */
  private readonly prefix: string

  constructor(connection: Connection, bucket: string, prefix: string) {
    this.connection = connection
    this.bucket = bucket
    this.prefix = prefix === '' ? '' : `${prefix}/`
    this.uri = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`
  }

  async stat(key: string): Promise<ObjectInfo | undefined> {
    const head = await headObject(this.connection, this.object(key))
    return head && { key, ...head }
  }

  async read(key: string, options: ReadOptions = {}): Promise<Uint8Array> {
    options.signal?.throwIfAborted()
    return readObject(this.connection, { ...this.object(key), ...options })
  }

  stream(key: string, options: ReadOptions = {}): AsyncIterable<Uint8Array> {
    return streamObject(this.connection, { ...this.object(key), ...options })
  }

  async create(key: string, body: Body): Promise<'created' | 'exists'> {
    const of = this.object(key)
    try {
      if (!(body instanceof Uint8Array) && body.size > this.connection.multipart_above)
        return await createMultipart(this.connection, of, body)
      const bytes = body instanceof Uint8Array ? body : await checkedFile(body)
      return (await putObject(this.connection, of, bytes, { absent: true })) === 'refused'
        ? 'exists'
        : 'created'
    } catch (error) {
      throw named(error, of.uri, 'writing')
    }
  }

  async replace(
    key: string,
    body: Uint8Array,
    expected: string | undefined,
  ): Promise<{ version: string } | 'conflict'> {
    const of = this.object(key)
    try {
      const outcome = await putObject(
        this.connection,
        of,
        body,
        expected === undefined ? { absent: true } : { version: expected },
      )
      return outcome === 'refused' ? 'conflict' : outcome
    } catch (error) {
      throw named(error, of.uri, 'writing')
    }
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    checkPrefix(prefix, this.uri)
    for await (const info of listObjects(this.connection, this.bucket, this.prefix + prefix)) {
      // The empty objects that consoles make as folders.
      if (!info.key.endsWith('/')) yield { ...info, key: info.key.slice(this.prefix.length) }
    }
  }

  async remove(key: string): Promise<void> {
    const of = this.object(key)
    await this.connection.ask({
      uri: of.uri,
      action: 'removing',
      recover: async (verdict) => (verdict === 'absent' ? { value: undefined } : undefined),
      send: async (client, abortSignal) => {
        await client.send(new DeleteObjectCommand({ Bucket: of.bucket, Key: of.key }), { abortSignal })
      },
    })
  }

  async sweep(older_than_ms: number): Promise<readonly string[]> {
    const removed: string[] = []
    for await (const { key, id, started_ms } of listUploads(this.connection, this.bucket, this.prefix)) {
      if (this.connection.clock.now() - started_ms < older_than_ms) continue
      const uri = `s3://${this.bucket}/${key}`
      await this.connection.ask({
        uri,
        action: 'aborting an upload',
        recover: async (verdict) => (verdict === 'absent' ? { value: undefined } : undefined),
        send: async (client, abortSignal) => {
          await client.send(
            new AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: id }),
            { abortSignal },
          )
        },
      })
      removed.push(`${key.slice(this.prefix.length)} (upload ${id})`)
    }
    return removed.sort()
  }

  private object(key: string): { bucket: string; key: string; uri: string } {
    checkKey(key, this.uri)
    return { bucket: this.bucket, key: this.prefix + key, uri: `${this.uri}/${key}` }
  }
}

async function checkedFile(body: Exclude<Body, Uint8Array>): Promise<Uint8Array> {
  const bytes = await readFile(body.path)
  if (bytes.byteLength !== body.size)
    throw wrongBody(body.path, `${body.size} bytes`, `${bytes.byteLength} bytes`)
  const found = sha256(bytes)
  if (found !== body.sha256) throw wrongBody(body.path, `sha256 ${body.sha256}`, `sha256 ${found}`)
  return bytes
}
