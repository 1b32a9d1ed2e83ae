import { digestOfJson } from '../../core/digest.js'
import { PipelineError } from '../../core/error.js'
import { asJson } from '../../core/json.js'
import type { Task } from '../../planner/types.js'
import { factPrefix, unreadFacts } from '../../planner/adoption-key.js'
import type { AnyStage, Artefact, ArtefactKind, Facts, FileRecord } from '../../stages/define.js'
import type { StageRegistry } from '../../stages/stage-registry.js'
import type { TaskRecord } from './record.js'

/** What a reader's port says about the results that it takes; undefined for those of its own stage. */
type PortKind = Pick<ArtefactKind, 'descriptions'> | undefined

/** The files of a result that a reader of this kind sees. */
export function filesSeen(files: readonly FileRecord[], kind: PortKind): readonly FileRecord[] {
  const hidden = kind?.descriptions ?? []
  return hidden.length === 0 ? files : files.filter(({ name }) => !hidden.includes(name))
}

/**
 * Digest of a result as a task sees that takes it from a port of this kind (undefined: from its own stage):
 * readers of results with equal digests have equal results.
 */
export function seenDigest(record: TaskRecord, kind: PortKind, stages: StageRegistry): string {
  const { key, split_ids, accounting, notes } = record
  const later = stages.has(record.stage) ? (stages.get(record.stage).later_files ?? []) : []
  const names = new Set(record.files.map(({ name }) => name))
  return digestOfJson([
    key,
    split_ids,
    asJson(filesSeen(record.files, kind)),
    asJson(accounting),
    // Where an earlier version left out a file, readers reconstruct it from the notes.
    later.every((name) => names.has(name)) ? null : notes,
  ])
}

/**
 * A result as a task sees it: nothing that its adoption key leaves out can reach its files. Throws `E_PLAN`
 * if the task reads a fingerprint without having said so.
 */
export function seenBy(task: Task, artefact: Artefact, kind: PortKind): Artefact {
  const { fingerprint, ...rest } = artefact
  const files = filesSeen(artefact.files, kind)
  const open = (name: string) => {
    if (!kind?.descriptions?.includes(name)) return artefact.open(name)
    throw new PipelineError({
      code: 'E_NO_SUCH_FILE',
      message: `${artefact.stage}/${artefact.key} has no file ${name} for tasks: it describes the others`,
      place: `${task.stage}/${task.key}`,
    })
  }
  const seen = { ...rest, files, open: async (name: string) => open(name) }
  const get = () => {
    if (task.names_inputs) return fingerprint
    throw new PipelineError({
      code: 'E_PLAN',
      message: 'a task reads the fingerprint of a result that it takes',
      place: `${task.stage}/${task.key}`,
      hint: 'equal inputs must make equal files: use `key`, or set `names_inputs` where the stage is divided',
    })
  }
  return Object.defineProperty(seen, 'fingerprint', {
    get,
    enumerable: task.names_inputs !== undefined,
  }) as Artefact
}

/** The facts as a task sees them: one that its stage does not declare to read throws `E_PLAN`. */
export function factsSeen({ facts, shared_entries, ...task }: Task, stage: AnyStage): Facts {
  const unread = new Set(unreadFacts(stage, shared_entries).map((name) => name.slice(factPrefix.length)))
  const seen = Object.fromEntries(Object.entries(facts).filter(([name]) => !unread.has(name)))
  for (const name of unread) {
    const get = () => {
      throw new PipelineError({
        code: 'E_PLAN',
        message: `a task reads the fact ${name}, which its stage does not declare in \`reads_facts\``,
        place: `${task.stage}/${task.key}`,
      })
    }
    Object.defineProperty(seen, name, { get, enumerable: false })
  }
  return seen
}
