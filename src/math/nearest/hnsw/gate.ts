import { passGate, type Gate, type Gated } from '../approximate/gate.js'
import { openHnsw } from './hnsw.js'

const breadths = [32, 64, 128, 256, 512]

/** A graph search that passes the gate. Throws `E_RECALL_TOO_LOW` and `E_HNSW_MISSING`. */
export async function openGatedHnsw(gate: Gate): Promise<Gated> {
  return passGate(await openHnsw(gate.set), breadths, gate)
}
