import { assign } from './assign/spec.js'
import { cluster } from './cluster/spec.js'
import { curate } from './curate/spec.js'
import { deduplicate } from './deduplicate/spec.js'
import { drift } from './drift/spec.js'
import { embed } from './embed/spec.js'
import { evaluate } from './evaluate/spec.js'
import { ingest } from './ingest/spec.js'
import { report } from './report/spec.js'
import { train } from './train/spec.js'
import { write } from './write/spec.js'
import { stageRegistry } from './stage-registry.js'

/** The stages of this package, in the order in which the documentation shows them: one line per stage. */
export const builtinStages = stageRegistry([
  ingest,
  embed,
  cluster,
  assign,
  deduplicate,
  curate,
  drift,
  write,
  train,
  evaluate,
  report,
])
