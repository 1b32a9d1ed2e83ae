import type { Json } from '../core/json.js'
import { PipelineError } from '../core/error.js'
import type { Artefact, ArtefactKind, Facts } from '../stages/define.js'
import type { RunStorage } from './storage.js'

/** A run whose existing results can be read. */
export interface FinishedRun {
  readonly storage: RunStorage
  /**
   * The results of the last stage that makes this kind, in plan order. Throws `E_NOT_FINISHED` unless all
   * of its tasks are done.
   */
  artefacts(kind: ArtefactKind): Promise<Artefact[]>
  /** The results of that stage that exist. */
  existing(kind: ArtefactKind): Promise<Artefact[]>
  /** The facts that that stage passes downstream. */
  facts(kind: ArtefactKind): Facts
  /** The options of that stage; undefined if there is none. */
  options(kind: ArtefactKind): Json | undefined
}

export function madeByNone(kind: ArtefactKind, place: string): PipelineError {
  return new PipelineError({
    code: 'E_NOT_FINISHED',
    failure: 'usage',
    message: `no stage of this pipeline makes ${kind.name}`,
    place,
  })
}

export function notFinished(
  node: string,
  missing: number,
  tasks: number,
  place: string,
  hint: string,
): PipelineError {
  return new PipelineError({
    code: 'E_NOT_FINISHED',
    failure: 'usage',
    message: `stage ${node} is not finished: ${missing} of ${tasks} tasks have no result`,
    place,
    hint,
  })
}
