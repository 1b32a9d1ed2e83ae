import { parseJson } from '../core/parse-json.js'
import { flag, object, optional, text, type Shape } from '../core/shape.js'

/** The `.json` member of a sample in a training set, limited to what other stages read. */
export interface SampleFields {
  readonly key?: string | undefined
  /** A copy of another expert's pair. */
  readonly ooc?: boolean | undefined
}

export const sampleFields: Shape<SampleFields> = object({ key: optional(text), ooc: optional(flag) })

/** A sample without the member has no fields. */
export function parseSampleFields(
  member: { readonly bytes: Uint8Array } | undefined,
  place: string,
): SampleFields {
  return member ? parseJson(member.bytes, place, sampleFields) : {}
}
