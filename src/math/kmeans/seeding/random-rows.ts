import type { Random } from '../../../core/random.js'
import { pickRows, type Matrix } from '../../matrix.js'

/** `count` different rows, drawn uniformly. */
export function randomRows({ rows, width, data }: Matrix, count: number, random: Random): Matrix {
  const order = random.shuffle(Uint32Array.from({ length: rows }, (_, row) => row))
  return { rows: count, width, data: pickRows(data, width, order.subarray(0, count)) }
}
