import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Held {
  readonly bytes: Buffer
  readonly etag: string
  readonly modified: Date
}

interface Upload {
  readonly key: string
  readonly started: Date
  readonly parts: Map<number, Held>
}

export interface FakeS3 {
  readonly endpoint: string
  readonly objects: Map<string, Held>
  readonly uploads: Map<string, Upload>
  readonly requests: string[]
  /** Keys a page of a listing. */
  page: number
  /** Told of every request before it is answered. */
  seen?: (request: IncomingMessage) => void
  stop(): Promise<void>
}

/**
 * The part of S3 that the store uses, in memory, so that fault tests need no server of anybody else. It runs
 * the contract suite itself.
 */
export async function startFakeS3(): Promise<FakeS3> {
  const state: State = {
    objects: new Map<string, Held>(),
    uploads: new Map<string, Upload>(),
    requests: [],
    page: 1000,
  }
  const server = createServer((request, response) => {
    bodyOf(request)
      .then((body) => answer(state, request, response, body))
      .catch((error: unknown) => {
        if (!response.headersSent) fail(response, 500, 'InternalError', String(error))
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

type State = Omit<FakeS3, 'endpoint' | 'stop'>

function answer(state: State, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const url = new URL(request.url ?? '/', 'http://s3')
  const [, , ...segments] = url.pathname.split('/')
  const key = segments.map(decodeURIComponent).join('/')
  const query = url.searchParams
  state.requests.push(`${request.method} ${key}${url.search}`)
  state.seen?.(request)
  const upload = query.get('uploadId')
  if (request.method === 'GET' && key === '' && query.has('uploads')) return listUploads(state, response)
  if (request.method === 'GET' && key === '') return listObjects(state, query, response)
  if (request.method === 'GET' || request.method === 'HEAD')
    return get(state.objects.get(key), request, response)
  if (request.method === 'DELETE' && upload)
    return state.uploads.delete(upload)
      ? void response.writeHead(204).end()
      : fail(response, 404, 'NoSuchUpload')
  if (request.method === 'DELETE') {
    state.objects.delete(key)
    return void response.writeHead(204).end()
  }
  const signed = String(request.headers['x-amz-content-sha256'])
  if (/^[0-9a-f]{64}$/.test(signed) && signed !== createHash('sha256').update(body).digest('hex'))
    return fail(response, 400, 'XAmzContentSHA256Mismatch')
  if (request.method === 'POST' && query.has('uploads')) {
    const id = randomUUID()
    state.uploads.set(id, { key, started: new Date(), parts: new Map() })
    return xml(
      response,
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    )
  }
  if (upload && !state.uploads.has(upload)) return fail(response, 404, 'NoSuchUpload')
  if (request.method === 'PUT' && upload) {
    const part = heldOf(body)
    state.uploads.get(upload)?.parts.set(Number(query.get('partNumber')), part)
    return void response.writeHead(200, { etag: part.etag }).end()
  }
  const refusal = precondition(state.objects.get(key), request)
  if (refusal) return fail(response, ...refusal)
  if (request.method === 'POST' && upload) {
    const parts = [...(state.uploads.get(upload)?.parts ?? [])]
      .sort(([a], [b]) => a - b)
      .map(([, part]) => part)
    const held = {
      ...heldOf(Buffer.concat(parts.map((part) => part.bytes))),
      etag: `"${md5(Buffer.concat(parts.map((part) => part.bytes)))}-${parts.length}"`,
    }
    state.objects.set(key, held)
    state.uploads.delete(upload)
    return xml(
      response,
      `<CompleteMultipartUploadResult><ETag>${held.etag.replaceAll('"', '&quot;')}</ETag>` +
        '</CompleteMultipartUploadResult>',
    )
  }
  const held = heldOf(body)
  if (key !== '') state.objects.set(key, held)
  response.writeHead(200, { etag: held.etag }).end()
}

function precondition(held: Held | undefined, request: IncomingMessage): [number, string] | undefined {
  if (request.headers['if-none-match'] === '*' && held) return [412, 'PreconditionFailed']
  const match = request.headers['if-match']
  if (match === undefined) return undefined
  if (!held) return [404, 'NoSuchKey']
  return match === held.etag ? undefined : [412, 'PreconditionFailed']
}

function get(held: Held | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (!held) return fail(response, 404, 'NoSuchKey')
  const refusal = precondition(held, request)
  if (refusal) return fail(response, ...refusal)
  const headers = { etag: held.etag, 'last-modified': held.modified.toUTCString(), 'accept-ranges': 'bytes' }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = range ? Number(range[1]) : 0
  const end = range?.[2] ? Math.min(Number(range[2]) + 1, held.bytes.length) : held.bytes.length
  if (range && start >= held.bytes.length) return fail(response, 416, 'InvalidRange')
  const bytes = held.bytes.subarray(start, end)
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'content-length': bytes.length,
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${held.bytes.length}` } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

function listObjects(state: State, query: URLSearchParams, response: ServerResponse): void {
  const prefix = query.get('prefix') ?? ''
  const after = query.get('continuation-token') ?? ''
  const keys = [...state.objects.keys()]
    .filter((key) => key.startsWith(prefix) && key > after)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const page = keys.slice(0, state.page)
  const contents = page.map((key) => {
    const held = state.objects.get(key) as Held
    return (
      `<Contents><Key>${escape(key)}</Key><LastModified>${held.modified.toISOString()}</LastModified>` +
      `<ETag>${escape(held.etag)}</ETag><Size>${held.bytes.length}</Size></Contents>`
    )
  })
  const more = keys.length > page.length
  const token = more ? `<NextContinuationToken>${escape(page.at(-1) ?? '')}</NextContinuationToken>` : ''
  xml(
    response,
    `<ListBucketResult><KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>` +
      `${token}${contents.join('')}</ListBucketResult>`,
  )
}

function listUploads(state: State, response: ServerResponse): void {
  const uploads = [...state.uploads].map(
    ([id, { key, started }]) =>
      `<Upload><Key>${escape(key)}</Key><UploadId>${id}</UploadId>` +
      `<Initiated>${started.toISOString()}</Initiated></Upload>`,
  )
  xml(
    response,
    '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>' +
      `${uploads.join('')}</ListMultipartUploadsResult>`,
  )
}

function heldOf(bytes: Buffer): Held {
  return { bytes, etag: `"${md5(bytes)}"`, modified: new Date(Math.floor(Date.now() / 1000) * 1000) }
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}

export function fail(response: ServerResponse, status: number, code: string, message = code): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${escape(message)}</Message></Error>`,
  )
}

function xml(response: ServerResponse, body: string): void {
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>${body}`)
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of message) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
