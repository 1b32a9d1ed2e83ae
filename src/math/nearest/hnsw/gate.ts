import { tuneBreadth, type Gate, type Gated } from '../approximate/gate.js'
import { openHnsw } from './hnsw.js'

const breadths = [32, 64, 128, 256, 512]

/** Opens a graph search of sufficient recall. Throws `E_RECALL_TOO_LOW` and `E_HNSW_MISSING`. */
export async function openGatedHnsw(gate: Gate): Promise<Gated> {
  return tuneBreadth(await openHnsw(gate.set), breadths, gate)
}
