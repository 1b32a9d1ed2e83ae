import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { arch, cpus } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { PipelineError } from '../../core/error.js'
import { asJson, type Json } from '../../core/json.js'
import type { Logger } from '../../core/log.js'
import { decompressed } from '../../io/compressed/source.js'
import type { ByteSource } from '../../io/source.js'
import { makeFolder } from '../../io/store/local/folder.js'
import type { Store } from '../../io/store/store.js'
import type { InputRef, Task, TaskRef } from '../../planner/types.js'
import type { AnyStage, Artefact, InputShard, RunnableTask } from '../../stages/define.js'
import { Ledger } from './account.js'
import { openArtefact } from './artefact.js'
import { factsSeen, seenBy } from './seen.js'
import { commit } from './commit.js'
import { hashingSource, type ReadDigests } from './hashing-source.js'
import type { TaskRecord } from './record.js'
import { openCheckpoints } from './checkpoints.js'
import { processSpace } from '../../core/process-space.js'
import { attemptName, keepName } from './scratch.js'
import { Spool } from './spool.js'

/** The environment of a task. Nothing in it may change a byte of the result. */
export interface TaskEnvironment {
  /** The result is written here. */
  readonly store: Store
  /**
   * The store that the result of another task is read from; `store` if left out. A rebuild reads from
   * elsewhere.
   */
  readonly upstream?: ((ref: TaskRef) => Store) | undefined
  readonly openShard: (shard: InputShard) => Promise<ByteSource>
  readonly openUri: (uri: string) => Promise<ByteSource>
  readonly listUri: (uri: string) => Promise<readonly string[]>
  /** A local folder, in which the attempt makes a folder for itself and removes it at its end. */
  readonly scratch: string
  readonly threads: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Logger
  readonly progress: (rowsDone: number, rowsTotal: number | undefined, detail: string | undefined) => void
}

/**
 * Runs one task and commits its result. Throws `PipelineError`, and then leaves nothing that would disturb
 * a later attempt.
 */
export async function runTask(
  task: Task,
  stage: AnyStage,
  environment: TaskEnvironment,
): Promise<TaskRecord> {
  const started = environment.clock.monotonic()
  const scratch = join(environment.scratch, attemptName(processSpace(), process.pid, task.fingerprint))
  const keep = join(environment.scratch, keepName(task.fingerprint))
  const checkpoints = openCheckpoints(environment.store, task.fingerprint)
  const spool = new Spool(join(scratch, 'out'))
  try {
    await makeFolder(scratch)
    const ledger = new Ledger()
    const notes: { [name: string]: Json } = {}
    const remarks: { [name: string]: number } = {}
    const inputs: ReadDigests = new Map()
    const runnable: RunnableTask = {
      key: task.key,
      kind: task.kind,
      params: task.params ?? undefined,
      facts: factsSeen(task, stage),
      splits: task.splits,
      ...(await openUpstream(task, stage, environment)),
      evaluation: task.evaluation,
      openInput: async (shard) =>
        decompressed(
          hashingSource(await environment.openShard(shard), shard, inputs),
          shard.reading?.compression,
        ),
      openUri: environment.openUri,
      listUri: environment.listUri,
      out: spool,
      account: ledger,
      threads: environment.threads,
      scratch,
      keep,
      checkpoints: environment.scratch.startsWith(`${environment.store.uri}/`) ? undefined : checkpoints,
      signal: environment.signal,
      log: environment.log,
      progress: (done, total, detail) => environment.progress(done, total, detail),
      note: (name, value) => {
        notes[name] = asJson(value)
      },
      remark: (name) => {
        remarks[name] = (remarks[name] ?? 0) + 1
        notes.remarks = remarks
      },
    }
    await stage.bind(optionsOf(task)).run(runnable)
    environment.signal.throwIfAborted()
    const record = await commit(
      environment.store,
      {
        format: 1,
        stage: task.stage,
        key: task.key,
        fingerprint: task.fingerprint,
        ...(task.nondeterministic ? { attempt: randomBytes(6).toString('hex') } : {}),
        version: task.version,
        entries: [...task.shared_entries, ...task.own_entries],
        split_ids: task.splits.map((split) => split.id),
        accounting: ledger.close(`${task.stage}/${task.key}`),
        inputs: Object.fromEntries(inputs),
        notes,
        seconds: Math.round(environment.clock.monotonic() - started) / 1000,
        memory_bytes: process.resourceUsage().maxRSS * 1024,
        machine: { node: process.version, arch: arch(), cpu: cpus()[0]?.model ?? 'unknown' },
      },
      spool.files,
    )
    await rm(keep, { recursive: true, force: true })
    if (task.nondeterministic) await checkpoints.clear()
    return record
  } catch (error) {
    if (environment.signal.aborted) {
      throw new PipelineError({
        code: 'E_STOPPED',
        message: 'the task was stopped before it finished',
        failure: 'retry',
        place: `${task.stage}/${task.key}`,
        hint: 'run again to continue',
      })
    }
    throw PipelineError.from(error)
  } finally {
    await spool.abandon()
    await rm(scratch, { recursive: true, force: true })
  }
}

async function openUpstream(
  task: Task,
  stage: AnyStage,
  environment: TaskEnvironment,
): Promise<{ takes: { [port: string]: Artefact[] }; after: Artefact[] }> {
  const splits = new Map(task.splits.map((split) => [split.id, split]))
  const open = async (ref: InputRef, port?: string) =>
    seenBy(
      task,
      await openArtefact(environment.upstream?.(ref) ?? environment.store, ref, splits),
      port === undefined ? undefined : stage.takes[port]?.kind,
    )
  const takes: { [port: string]: Artefact[] } = {}
  for (const [port, refs] of Object.entries(task.takes))
    takes[port] = await mapConcurrently(refs, 32, (ref) => open(ref, port))
  return { takes, after: await mapConcurrently(task.after, 32, (ref) => open(ref)) }
}

function optionsOf({ options, stage, key }: Task): { readonly [option: string]: unknown } {
  if (options !== null && typeof options === 'object') return { ...options }
  throw new PipelineError({ code: 'E_PLAN', message: 'a task has no options', place: `${stage}/${key}` })
}
