import {
  Float32,
  makeVector,
  Uint16,
  Uint32,
  vectorFromArray,
  type DataType,
  type Vector,
} from 'apache-arrow'
import { decodeTable, encodeTable, strings, utf8 } from '../arrow.js'

/**
 * Fine cluster and expert of every sample of a split. Where `reason` is not null the three numbers mean
 * nothing (0 here, null in the file).
 */
export interface Assignments {
  readonly length: number
  readonly fine: Uint32Array
  readonly expert: Uint16Array
  /** Euclidean, to the fine centre. */
  readonly distance: Float32Array
  readonly reason: readonly (string | null)[]
}

export function encodeAssignments(rows: Assignments): Uint8Array {
  const whole = rows.reason.every((reason) => reason === null)
  const column = (values: Uint32Array | Uint16Array | Float32Array, type: DataType): Vector =>
    whole
      ? makeVector(values as Uint32Array)
      : vectorFromArray(
          Array.from(values, (value, i) => (rows.reason[i] === null ? value : null)),
          type,
        )
  return encodeTable(rows.length, {
    fine: column(rows.fine, new Uint32()),
    expert: column(rows.expert, new Uint16()),
    distance: column(rows.distance, new Float32()),
    reason: utf8(rows.reason),
  })
}

/** Throws `E_ARROW`. */
export function decodeAssignments(bytes: Uint8Array): Assignments {
  const table = decodeTable(bytes, ['fine', 'expert', 'distance', 'reason'], 'assignments.arrow')
  const array = <T>(name: string) => table.getChild(name)?.toArray() as T
  return {
    length: table.numRows,
    fine: array<Uint32Array>('fine'),
    expert: array<Uint16Array>('expert'),
    distance: array<Float32Array>('distance'),
    reason: strings(table, 'reason'),
  }
}
