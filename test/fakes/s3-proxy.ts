import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyOf, fail } from './s3-server.js'

/** What happens to a request that a fault catches. */
export type Damage =
  /** Answered here; the server never sees it. */
  | { readonly answer: { status: number; code: string; headers?: Record<string, string> } }
  /** The server does it, then the answer is lost. */
  | { readonly lose: 'connection' | { status: number; code: string } }
  /** No answer at all, and nothing forwarded. */
  | { readonly hang: true }
  /** The answer's body breaks off after so many bytes (of -1: before the last byte). */
  | { readonly cut: number }
  /** The answer's body stops after so many bytes, and the connection stays open. */
  | { readonly stall: number }
  /** The answer is shorter by so many bytes, and its headers agree with that. */
  | { readonly shorten: number }
  /** One bit of the answer's body is flipped. */
  | { readonly flip: number }
  /** One bit of the request's body is flipped on its way up. */
  | { readonly garble: number }
  /** A header does not reach the server. */
  | { readonly strip: string }
  /** The body of the answer is replaced, its status stays. */
  | { readonly rewrite: (body: Buffer) => Buffer | string }
  /** Something happens before the request is passed on: another writer, a removal. */
  | { readonly before: () => void | Promise<void> }

export interface Fault {
  readonly damage: Damage
  /** How often it strikes; for ever by default. */
  readonly times?: number
  /** Passes this many matching requests before the first. */
  readonly after?: number
  readonly method?: string
  readonly path?: RegExp
}

export interface Proxy {
  readonly endpoint: string
  /** Arms a fault; the counter tells how often it fired. */
  inject(fault: Fault): { readonly fired: number }
  /** Method and path of everything that came. */
  readonly seen: string[]
  /** Decides where no fault is armed. */
  decide: ((method: string, path: string) => Damage | undefined) | undefined
  clear(): void
  stop(): Promise<void>
}

/** Sits between the store and an S3 server and does to HTTP what networks and servers do. */
export async function startProxy(upstream: string): Promise<Proxy> {
  const armed: { fault: Fault; matched: number; fired: number }[] = []
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    const caught = armed.find((entry) => {
      const { method, path, after = 0, times = Infinity } = entry.fault
      if ((method && method !== request.method) || (path && !path.test(request.url ?? ''))) return false
      return ++entry.matched > after && entry.fired < times
    })
    if (caught) caught.fired++
    const damage = caught ? caught.fault.damage : proxy.decide?.(request.method ?? '', request.url ?? '')
    handle(upstream, request, response, damage).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: Proxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    decide: undefined,
    inject(fault) {
      const entry = { fault, matched: 0, fired: 0 }
      armed.push(entry)
      return entry
    },
    clear: () => void armed.splice(0),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

async function handle(
  upstream: string,
  request: IncomingMessage,
  response: ServerResponse,
  damage: Damage | undefined,
): Promise<void> {
  const body = await bodyOf(request)
  if (damage && 'garble' in damage) body[damage.garble] = (body[damage.garble] ?? 0) ^ 1
  if (damage && 'hang' in damage) return
  if (damage && 'answer' in damage) {
    for (const [name, value] of Object.entries(damage.answer.headers ?? {})) response.setHeader(name, value)
    return fail(response, damage.answer.status, damage.answer.code)
  }
  if (damage && 'before' in damage) await damage.before()
  const headers = { ...request.headers }
  if (damage && 'strip' in damage) delete headers[damage.strip]
  const answer = await forward(upstream, request, headers, body)
  if (damage && 'lose' in damage) {
    if (damage.lose === 'connection') return void response.destroy()
    return fail(response, damage.lose.status, damage.lose.code)
  }
  send(response, request, answer, damage)
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

function forward(
  upstream: string,
  request: IncomingMessage,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const passed = httpRequest(
      new URL(request.url ?? '/', upstream),
      { method: request.method, headers },
      (answer) => {
        bodyOf(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }),
          reject,
        )
      },
    )
    passed.on('error', reject)
    passed.end(body)
  })
}

function send(
  response: ServerResponse,
  request: IncomingMessage,
  answer: Answer,
  damage: Damage | undefined,
): void {
  const { status, headers } = answer
  let body = answer.body
  if (damage && 'shorten' in damage) {
    body = body.subarray(0, Math.max(0, body.length - damage.shorten))
    const range = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')
    if (range)
      headers['content-range'] =
        `bytes ${range[1]}-${Number(range[1]) + body.length - 1}/${Number(range[1]) + body.length}`
  }
  if (damage && 'flip' in damage) {
    body = Buffer.from(body)
    body[damage.flip] = (body[damage.flip] ?? 0) ^ 1
  }
  if (damage && 'rewrite' in damage) body = Buffer.from(damage.rewrite(body))
  delete headers['transfer-encoding']
  response.writeHead(
    status,
    request.method === 'HEAD' ? headers : { ...headers, 'content-length': body.length },
  )
  if (damage && ('cut' in damage || 'stall' in damage)) {
    const wanted = 'cut' in damage ? damage.cut : damage.stall
    const part = body.subarray(0, wanted < 0 ? body.length + wanted : wanted)
    response.flushHeaders()
    const done = () => void ('cut' in damage && response.destroy())
    return part.length === 0 ? void setImmediate(done) : void response.write(part, () => setImmediate(done))
  }
  response.end(request.method === 'HEAD' ? undefined : body)
}
