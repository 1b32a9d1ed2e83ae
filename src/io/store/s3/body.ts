import type { Readable } from 'node:stream'
import { afterSilence } from './silence.js'

/** No bytes arrived within the idle timeout. */
export class IdleBody extends Error {
  override readonly name = 'TimeoutError'
}

/**
 * Yields the pieces of a response, with a timeout between them: otherwise a stalled connection waits
 * forever. Only time spent waiting for the network counts, not that of a slow consumer. The socket is
 * closed if the consumer stops early.
 */
export async function* watchedBody(
  body: Readable,
  idle_ms: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let waitingSince: number | undefined = performance.now()
  let stop = afterSilence(idle_ms, look)
  // One timer per body, not per piece: it is set again for when the current wait could become too long.
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
