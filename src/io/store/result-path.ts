const inResult = /^(.*\/)?([^/_][^/]*)\/(records|data)\/([0-9a-f]{64})(?=\.json$|\/|$)/

/** Where a result of a store is: `<store>/<stage>/records/<fingerprint>.json`, or its data's folder. */
export interface ResultPath {
  /** Empty, or ends with a slash. */
  readonly store: string
  readonly stage: string
  readonly kind: 'records' | 'data'
  readonly fingerprint: string
}

/** The result that this file or folder belongs to; undefined if its path is not one of a store. */
export function resultPath(uri: string): ResultPath | undefined {
  const [, store = '', stage, kind, fingerprint] = inResult.exec(uri) ?? []
  if (stage === undefined || fingerprint === undefined) return undefined
  return { store, stage, kind: kind === 'records' ? 'records' : 'data', fingerprint }
}
