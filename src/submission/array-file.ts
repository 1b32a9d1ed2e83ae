import { PipelineError } from '../core/error.js'
import { checked, parseJson } from '../core/parse-json.js'
import { anyJson, list, map } from '../core/shape.js'
import { settingsIn } from '../io/store/settings.js'
import type { Store } from '../io/store/store.js'
import type { RunTask, Task } from '../planner/types.js'
import { type ArrayFile, arrayFile, taskRef, taskShape } from './array-shape.js'
import { arrayKey, membersKey, offsetsKey, tasksKey } from './layout.js'

const offsetWidth = 14

/**
 * Writes the tasks of an array for its elements: a fixed number of objects, whatever the number of
 * elements.
 */
export async function writeArray(
  store: Store,
  folder: string,
  file: Omit<ArrayFile, 'format' | 'shared' | 'size'>,
  elements: readonly (readonly Task[])[],
): Promise<void> {
  const [first, ...rest] = elements.flat()
  if (!first) throw new PipelineError({ code: 'E_SUBMISSION', message: `array ${file.name} has no tasks` })
  const { shared, own } = factorOut([first, ...rest])
  const lines = elements.map((tasks) => Buffer.from(`${JSON.stringify(tasks.map(own))}\n`))
  const offsets: string[] = []
  let offset = 0
  for (const line of lines) {
    offsets.push(String(offset).padStart(offsetWidth - 1, '0'))
    offset += line.byteLength
  }
  offsets.push(String(offset).padStart(offsetWidth - 1, '0'))
  const whole = { format: 1, ...file, size: elements.length, shared }
  await Promise.all([
    store.create(arrayKey(folder, file.name), Buffer.from(`${JSON.stringify(whole)}\n`)),
    store.create(tasksKey(folder, file.name), Buffer.concat(lines)),
    store.create(offsetsKey(folder, file.name), Buffer.from(`${offsets.join('\n')}\n`)),
    store.create(
      membersKey(folder, file.name),
      Buffer.from(`${elements.map((tasks) => tasks.map((task) => task.fingerprint).join(' ')).join('\n')}\n`),
    ),
  ])
}

/**
 * Reads the tasks of one element, by three small reads. Throws `E_ARRAY` if there is no such element,
 * `E_DOCUMENT` if a file is damaged or was written by another version.
 */
export async function readElement(
  store: Store,
  folder: string,
  name: string,
  index: number,
): Promise<{ file: ArrayFile; tasks: Task[] }> {
  const file = await readArray(store, folder, name)
  const start = index * offsetWidth
  const [from, to] = (await text(store, offsetsKey(folder, name), { start, end: start + 2 * offsetWidth }))
    .split('\n')
    .map(Number)
  if (from === undefined || to === undefined || !(to > from)) {
    throw new PipelineError({
      code: 'E_ARRAY',
      failure: 'usage',
      message: `array ${name} has no element ${index}`,
      place: `${store.uri}/${arrayKey(folder, name)}`,
      expected: `0 to ${file.size - 1}`,
    })
  }
  const key = tasksKey(folder, name)
  const place = `${store.uri}/${key}`
  const own = parseJson(await text(store, key, { start: from, end: to }), place, list(map(anyJson)))
  return { file, tasks: own.map((task) => checked({ ...file.shared, ...task }, place, taskShape)) }
}

/** Reads what the elements of an array share. Throws `E_NOT_FOUND` if the store has no such array. */
export async function readArray(store: Store, folder: string, name: string): Promise<ArrayFile> {
  const key = arrayKey(folder, name)
  const file = parseJson(await text(store, key), `${store.uri}/${key}`, arrayFile)
  // Earlier versions wrote the settings of S3 as a member of the setup itself.
  return { ...file, setup: { settings: settingsIn(file.setup), ...file.setup } }
}

/** What names each task of an array, in the order of its elements. */
export async function readTasks(store: Store, folder: string, name: string): Promise<RunTask[]> {
  const { shared } = await readArray(store, folder, name)
  const key = tasksKey(folder, name)
  const place = `${store.uri}/${key}`
  const lines = (await text(store, key)).split('\n').slice(0, -1)
  return lines.flatMap((line) =>
    parseJson(line, place, list(map(anyJson))).map((task) => checked({ ...shared, ...task }, place, taskRef)),
  )
}

/** Fingerprints of the tasks, per element. */
export async function readMembers(
  store: Store,
  folder: string,
  name: string,
): Promise<readonly (readonly string[])[]> {
  const lines = (await text(store, membersKey(folder, name))).split('\n')
  return lines.slice(0, -1).map((line) => line.split(' '))
}

/**
 * Separates the members that are identical in all tasks: the tasks of a stage differ only a little, and
 * there may be a hundred thousand of them.
 */
function factorOut(tasks: readonly [Task, ...Task[]]): {
  shared: Partial<Task>
  own: (task: Task) => Partial<Task>
} {
  const [first] = tasks
  const names = (Object.keys(first) as (keyof Task)[]).filter((name) =>
    tasks.every((task) => task[name] === first[name]),
  )
  const shared = new Set<string>(names)
  return {
    shared: Object.fromEntries(names.map((name) => [name, first[name]])),
    own: (task) => Object.fromEntries(Object.entries(task).filter(([name]) => !shared.has(name))),
  }
}

async function text(store: Store, key: string, range?: { start: number; end: number }): Promise<string> {
  return new TextDecoder().decode(await store.read(key, range ? { range } : {}))
}
