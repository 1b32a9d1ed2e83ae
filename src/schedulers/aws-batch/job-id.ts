/** The id of an array is that of its job; if every element is a separate job, their ids in order. */
export function joinIds(ids: readonly string[]): string {
  return ids.join('+')
}

export function idsOf(id: string): string[] {
  return id.split('+')
}
