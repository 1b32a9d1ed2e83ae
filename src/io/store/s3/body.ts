import type { Readable } from 'node:stream'

/** No byte came for as long as the reader was willing to wait. */
export class IdleBody extends Error {
  override readonly name = 'TimeoutError'
}

/**
 * A response's pieces, with a limit on the silence between them: a stalled connection otherwise waits for ever.
 * Only waiting for the network counts, a slow consumer may take its time. The socket is given up when the consumer stops early.
 */
export async function* watchedBody(body: Readable, idle_ms: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  let complete = false
  try {
    for (;;) {
      const piece = await withinIdle(pieces.next(), idle_ms, signal)
      if (piece.done) {
        complete = true
        return
      }
      yield piece.value
    }
  } finally {
    if (!complete) body.destroy()
  }
}

function withinIdle<T>(next: Promise<T>, idle_ms: number, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => stop(new IdleBody(`no byte came for ${idle_ms / 1000} s`)), idle_ms)
    const abort = () => stop(signal?.reason)
    function stop(reason: unknown) {
      done()
      reject(reason)
    }
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    next.then(
      (value) => {
        done()
        resolve(value)
      },
      (error: unknown) => stop(error),
    )
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
