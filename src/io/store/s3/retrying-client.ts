import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { backoff } from '../../../core/backoff.js'
import { systemClock, type Clock } from '../../../core/clock.js'
import { silentLogger, type Logger } from '../../../core/log.js'
import type { S3Settings } from './settings.js'
import { isExpired, isUnreachable, named, retryAfter, verdictOf, type Verdict } from './failure.js'
import { Gate } from './request-limit.js'
import { afterSilence } from './silence.js'

export interface ConnectionOptions {
  readonly clock?: Clock | undefined
  readonly log?: Logger | undefined
  /** Uniform in [0, 1): jitter. */
  readonly random?: (() => number) | undefined
  /** Larger files use multipart uploads; by default those larger than one part. */
  readonly multipart_above?: number | undefined
}

export interface Request<T> {
  readonly uri: string
  /** For messages: `writing`. */
  readonly action: string
  readonly send: (client: S3Client, signal: AbortSignal) => Promise<T>
  readonly signal?: AbortSignal | undefined
  /** Bytes to upload; they extend the time limit. */
  readonly upload_bytes?: number | undefined
  /** Called before each retry; may throw, or settle the request with a value. */
  readonly recover?:
    | ((verdict: Verdict, error: unknown) => Promise<{ readonly value: T } | undefined>)
    | undefined
}

const waits = { first_ms: 200, max_ms: 20_000, jitter: 'full' } as const
/** An endpoint that refuses connections is a typo more often than an outage. */
const unreachableAttempts = 4
/** The slowest connection for which an upload still has enough time. */
const slowestBytesPerSecond = 100_000

/**
 * A client with the retries that the SDK lacks: a time limit for every answer, full-jitter back-off within
 * a budget, fewer concurrent requests under load, new credentials when they expire.
 */
export class Connection {
  readonly clock: Clock
  readonly log: Logger
  readonly gate: Gate
  readonly idle_ms: number
  readonly budget_ms: number
  readonly part_bytes: number
  readonly multipart_above: number
  readonly sdk_checksums: boolean
  private readonly backoff: (attempt: number) => number
  private readonly config: S3ClientConfig
  private client: S3Client
  private answered = false

  constructor(settings: S3Settings, options: ConnectionOptions = {}) {
    this.clock = options.clock ?? systemClock
    this.log = options.log ?? silentLogger
    this.backoff = backoff({ ...waits, random: options.random })
    this.gate = new Gate(settings.max_connections ?? 32)
    this.idle_ms = (settings.idle_timeout_seconds ?? 20) * 1000
    this.budget_ms = (settings.retry_seconds ?? 120) * 1000
    this.part_bytes = Math.round((settings.part_megabytes ?? 16) * 2 ** 20)
    this.multipart_above = options.multipart_above ?? this.part_bytes
    const endpoint = settings.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL
    this.sdk_checksums =
      (settings.checksums ?? (endpoint ? 'when_required' : 'when_supported')) === 'when_supported'
    const checksums = this.sdk_checksums ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
    const region = settings.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION
    const agent = { maxSockets: 512, keepAlive: true }
    this.config = {
      ...(settings.endpoint ? { endpoint: settings.endpoint } : {}),
      ...(region ? { region } : endpoint ? { region: 'us-east-1' } : {}),
      ...(settings.credentials_profile ? { profile: settings.credentials_profile } : {}),
      forcePathStyle: settings.path_style ?? Boolean(endpoint),
      followRegionRedirects: !endpoint,
      maxAttempts: 1,
      requestChecksumCalculation: checksums,
      responseChecksumValidation: checksums,
      // Open bodies keep their sockets, so there must be more sockets than concurrent requests.
      requestHandler: { connectionTimeout: 10_000, httpAgent: agent, httpsAgent: agent },
    }
    this.client = new S3Client(this.config)
  }

  /** Sends until it succeeds, fails for good, or the budget since the first failure is spent. */
  async request<T>(request: Request<T>): Promise<T> {
    let first_failure: number | undefined
    let renewed = false
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.once(request)
        this.answered = true
        return result
      } catch (error) {
        request.signal?.throwIfAborted()
        if (isExpired(error) && !renewed) {
          renewed = true
          // Otherwise the SDK would keep what it read from the credentials file.
          this.client = new S3Client(Object.assign({ ignoreCache: true }, this.config))
          continue
        }
        const verdict = verdictOf(error)
        const settled = await request.recover?.(verdict, error)
        if (settled) return settled.value
        if (verdict !== 'again' && verdict !== 'slow_down' && verdict !== 'conflict') throw error
        first_failure ??= this.clock.monotonic()
        const wait = this.waitAfter(attempt, error)
        const spent = this.clock.monotonic() - first_failure
        const hopeless = isUnreachable(error) && !this.answered && attempt >= unreachableAttempts
        if (hopeless || spent + wait > this.budget_ms) throw error
        const details = {
          uri: request.uri,
          attempt,
          wait_ms: Math.round(wait),
          width: this.gate.width,
          reason: String(error),
        }
        this.log.debug(details, `${request.action}: again`)
        await this.clock.sleep(wait, request.signal)
      }
    }
  }

  /** Like `request`, but throws errors with a readable message. */
  async ask<T>(request: Request<T>): Promise<T> {
    try {
      return await this.request(request)
    } catch (error) {
      request.signal?.throwIfAborted()
      throw named(error, request.uri, request.action)
    }
  }

  /** Exponential with full jitter, and never sooner than the server asked for. */
  waitAfter(attempt: number, error?: unknown): number {
    return Math.max(this.backoff(attempt), Math.min(60_000, (retryAfter(error) ?? 0) * 1000))
  }

  private async once<T>(request: Request<T>): Promise<T> {
    await this.gate.enter()
    let outcome: 'ok' | 'failed' | 'slow_down' = 'failed'
    const limit = this.idle_ms + ((request.upload_bytes ?? 0) / slowestBytesPerSecond) * 1000
    const late = new AbortController()
    const stop = afterSilence(limit, () => late.abort())
    try {
      const signal = request.signal ? AbortSignal.any([request.signal, late.signal]) : late.signal
      const result = await request.send(this.client, signal)
      outcome = 'ok'
      return result
    } catch (error) {
      if (verdictOf(error) === 'slow_down') outcome = 'slow_down'
      throw error
    } finally {
      stop()
      this.gate.leave(outcome)
    }
  }
}
