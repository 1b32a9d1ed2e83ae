import type { Readable } from 'node:stream'
import { afterSilence } from './silence.js'

/** No byte came for as long as the reader was willing to wait. */
export class IdleBody extends Error {
  override readonly name = 'TimeoutError'
}

/**
 * A response's pieces, with a limit on the silence between them: a stalled connection otherwise waits for
 * ever. Only waiting for the network counts, a slow consumer may take its time. The socket is given up when
 * the consumer stops early.
 */
export async function* watchedBody(
  body: Readable,
  idle_ms: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let waitingSince: number | undefined = performance.now()
  let stop = afterSilence(idle_ms, look)
  // One timer a body, not one a piece: it looks again when the current wait could have become too long.
  function look() {
    const waited = waitingSince === undefined ? 0 : performance.now() - waitingSince
    if (waited >= idle_ms) body.destroy(new IdleBody(`no byte came for ${idle_ms / 1000} s`))
    else stop = afterSilence(idle_ms - waited, look)
  }
  const abort = () =>
    void body.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    // Leaving this loop early destroys the body.
    for await (const piece of body) {
      waitingSince = undefined
      yield piece as Uint8Array
      waitingSince = performance.now()
    }
  } finally {
    stop()
    signal?.removeEventListener('abort', abort)
  }
}
