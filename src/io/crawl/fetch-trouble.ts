const reasons: ReadonlyMap<string, string> = new Map([
  ['failed_to_download', 'download_failed'],
  ['failed_to_resize', 'resize_failed'],
])

/** The drop reason of a row that img2dataset could not fetch, by its `status`. */
export function fetchReason(status: string): string {
  return reasons.get(status) ?? 'fetch_failed'
}

/** Why such a row cannot become a sample; `message` is its `error_message`. */
export function fetchTrouble(status: string, message: unknown): { reason: string; detail: string } {
  return { reason: fetchReason(status), detail: String(message ?? '').slice(0, 200) }
}
