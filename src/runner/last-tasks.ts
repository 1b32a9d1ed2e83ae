import { parseJson } from '../core/parse-json.js'
import { list, object, pair, type Shape, text } from '../core/shape.js'
import type { Store } from '../io/store/store.js'
import type { RunTasks } from '../planner/types.js'
import { findLast, lastKey } from './last-documents.js'
import type { RunBy } from './owner.js'

interface TaskList {
  readonly stages: readonly {
    readonly node: string
    readonly stage: string
    /** Key and fingerprint. */
    readonly tasks: readonly (readonly [string, string])[]
  }[]
}

const taskList: Shape<TaskList> = object({
  stages: list(object<TaskList['stages'][number]>({ node: text, stage: text, tasks: list(pair(text)) })),
})

/**
 * Stores the list of tasks of a plan with plugins, and removes the list of a plan without. A run with
 * `until` keeps the listed tasks of the stages that it leaves out.
 */
export async function rememberTasks(
  store: Store,
  by: RunBy,
  plan: RunTasks,
  hasPlugins: boolean,
): Promise<void> {
  const key = lastKey('tasks', plan.manifest, by)
  const current = await store.stat(key)
  if (!hasPlugins) {
    if (current) await store.remove(key)
    return
  }
  const before = (await readLastTasks(store, by, plan.manifest))?.stages ?? []
  const rest = before.filter(({ node }) => !plan.stages.some((stage) => stage.node === node))
  const listed: TaskList = {
    stages: [...plan.stages, ...rest].map(({ node, stage, tasks }) => ({
      node,
      stage,
      tasks: tasks.map((task) => [task.key, task.fingerprint]),
    })),
  }
  await store.replace(key, new TextEncoder().encode(JSON.stringify(listed)), current?.version)
}

/** Undefined if the last run had no plugins. */
export async function readLastTasks(
  store: Store,
  by: RunBy,
  manifest: string,
): Promise<RunTasks | undefined> {
  const key = await findLast(store, 'tasks', manifest, by)
  if (key === undefined) return undefined
  const { stages } = parseJson(await store.read(key), `${store.uri}/${key}`, taskList)
  return {
    manifest,
    stages: stages.map(({ node, stage, tasks }) => ({
      node,
      stage,
      tasks: tasks.map(([key, fingerprint]) => ({ node, stage, key, fingerprint })),
    })),
  }
}
