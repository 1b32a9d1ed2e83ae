import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { arch, cpus, hostname } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.js'
import { mapConcurrently } from '../../core/concurrency.js'
import { PipelineError } from '../../core/error.js'
import { asJson, type Json } from '../../core/json.js'
import type { Logger } from '../../core/log.js'
import type { ByteSource } from '../../io/source.js'
import { makeFolder } from '../../io/store/local/folder.js'
import type { Store } from '../../io/store/store.js'
import type { Task, TaskRef } from '../../planner/types.js'
import type { AnyStage, Artefact, InputShard, TaskContext } from '../../stages/define.js'
import { Ledger } from './account.js'
import { openArtefact } from './artefact.js'
import { commit } from './commit.js'
import { hashingSource, type ReadDigests } from './hashing-source.js'
import type { TaskRecord } from './record.js'
import { openCheckpoints } from './checkpoints.js'
import { attemptName, keepName } from './scratch.js'
import { Spool } from './spool.js'

/** What surrounds a task: nothing in here may change a byte of its result. */
export interface TaskPlace {
  /** Where the result goes. */
  readonly store: Store
  /** Where results of other tasks are read from; `store` unless a rebuild reads from elsewhere. */
  readonly upstream?: ((ref: TaskRef) => Store) | undefined
  readonly openShard: (shard: InputShard) => Promise<ByteSource>
  readonly openUri: (uri: string) => Promise<ByteSource>
  readonly listUri: (uri: string) => Promise<readonly string[]>
  /** A local folder; the attempt makes its own folder in it and removes it. */
  readonly scratch: string
  readonly threads: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Logger
  readonly progress: (rowsDone: number, rowsTotal: number | undefined, detail: string | undefined) => void
}

/**
 * Runs one task to its commit. Throws `PipelineError`; after a throw nothing is visible that a later attempt
 * would trip over.
 */
export async function runTask(task: Task, stage: AnyStage, place: TaskPlace): Promise<TaskRecord> {
  const started = place.clock.monotonic()
  const scratch = join(place.scratch, attemptName(hostname(), process.pid, task.fingerprint))
  const keep = join(place.scratch, keepName(task.fingerprint))
  const checkpoints = openCheckpoints(place.store, task.fingerprint)
  const spool = new Spool(join(scratch, 'out'))
  try {
    await makeFolder(scratch)
    const ledger = new Ledger()
    const notes: { [name: string]: Json } = {}
    const inputs: ReadDigests = new Map()
    const context: TaskContext<never> = {
      key: task.key,
      options: task.options as never,
      params: task.params,
      facts: task.facts,
      fingerprint: task.fingerprint,
      splits: task.splits,
      ...(await openUpstream(task, place)),
      evaluation: task.evaluation,
      openInput: async (shard) => hashingSource(await place.openShard(shard), shard, inputs),
      openUri: place.openUri,
      listUri: place.listUri,
      out: spool,
      account: ledger,
      threads: place.threads,
      scratch,
      keep,
      checkpoints: place.scratch.startsWith(`${place.store.uri}/`) ? undefined : checkpoints,
      signal: place.signal,
      log: place.log,
      progress: (done, total, detail) => place.progress(done, total, detail),
      note: (name, value) => {
        notes[name] = asJson(value)
      },
    }
    const { run } = await stage.load()
    await run(context)
    place.signal.throwIfAborted()
    const record = await commit(
      place.store,
      {
        format: 1,
        stage: task.stage,
        key: task.key,
        fingerprint: task.fingerprint,
        ...(task.varies ? { attempt: randomBytes(6).toString('hex') } : {}),
        version: task.version,
        entries: task.entries,
        split_ids: task.splits.map((split) => split.id),
        accounting: ledger.close(`${task.stage}/${task.key}`),
        inputs: Object.fromEntries(inputs),
        notes,
        seconds: Math.round(place.clock.monotonic() - started) / 1000,
        memory_bytes: process.resourceUsage().maxRSS * 1024,
        machine: { node: process.version, arch: arch(), cpu: cpus()[0]?.model ?? 'unknown' },
      },
      spool.files,
    )
    await rm(keep, { recursive: true, force: true })
    if (task.varies) await checkpoints.clear()
    return record
  } catch (error) {
    if (place.signal.aborted) {
      throw new PipelineError({
        code: 'E_STOPPED',
        message: 'the task was stopped before it was done',
        failure: 'retry',
        place: `${task.stage}/${task.key}`,
        hint: 'run again to go on',
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
  place: TaskPlace,
): Promise<{ takes: { [port: string]: Artefact[] }; after: Artefact[] }> {
  const splits = new Map(task.splits.map((split) => [split.id, split]))
  const open = (ref: TaskRef) => openArtefact(place.upstream?.(ref) ?? place.store, ref, splits)
  const takes: { [port: string]: Artefact[] } = {}
  for (const [port, refs] of Object.entries(task.takes)) takes[port] = await mapConcurrently(refs, 32, open)
  return { takes, after: await mapConcurrently(task.after, 32, open) }
}
