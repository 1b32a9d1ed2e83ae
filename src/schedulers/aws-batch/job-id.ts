/** The id of an array is its job's; where every element is a job of its own, theirs in order. */
export function joinIds(ids: readonly string[]): string {
  return ids.join('+')
}

export function idsOf(id: string): string[] {
  return id.split('+')
}
