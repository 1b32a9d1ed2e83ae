/** Whether rows can be counted under this reason: lower snake case, `caption_empty`. */
export function isDropReason(reason: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(reason)
}
