import { tuneBreadth, type Gate, type Gated } from '../approximate/gate.js'
import { openCells } from './cells.js'

/** A search by cells that passes the gate: in the end it looks at all cells, so there always is one. */
export async function openGatedCells(gate: Gate): Promise<Gated> {
  const search = await openCells(gate.set, gate.threads)
  const breadths: number[] = []
  for (let breadth = 1; breadth < search.cells; breadth = Math.ceil(breadth * 1.5)) breadths.push(breadth)
  return tuneBreadth(search, [...breadths, search.cells], gate)
}
