/**
 * Calls back after `milliseconds`, but never in the first turn after the event loop was blocked: the timer
 * would come before the bytes that arrived meanwhile are looked at, and a stage that computes for half a
 * minute would lose its connections. Returns a function that stops it.
 */
export function afterSilence(milliseconds: number, late: () => void): () => void {
  let timer = setTimeout(() => {
    timer = setTimeout(late, milliseconds / 4)
  }, milliseconds)
  return () => clearTimeout(timer)
}
