// A scheduler: every array is one detached shell process, which runs the elements one by one.
// The interface may still change; see `Scheduler` of coterie/stage.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { definePlugin, text } from 'coterie/stage'

const indexVariable = 'EXAMPLE_JOB_INDEX'

class BackgroundJobs {
  kind = 'shell:background'
  #folder

  constructor(folder) {
    this.#folder = folder
  }

  async limits() {
    return { array_size: 1000, dependencies: 100, waits_for_end: true }
  }

  // The name is derived from what the array runs, so it can serve as the id: submitting twice has no effect.
  async submit(job) {
    const folder = join(this.#folder, job.name)
    const made = await mkdir(folder, { recursive: true })
    if (made === undefined && existsSync(join(folder, 'pid'))) return job.name
    await writeFile(join(folder, 'job.sh'), this.#script(job, folder))
    const child = spawn('sh', [join(folder, 'job.sh')], {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, ...job.environment },
    })
    child.unref()
    await writeFile(join(folder, 'pid'), `${child.pid}`)
    return job.name
  }

  #script(job, folder) {
    const before = job.after.map(({ job: other }) => quoted(join(this.#folder, other, 'ended')))
    const command = [process.execPath, process.argv[1], ...job.command].map(quoted).join(' ')
    return [
      ...before.map((file) => `while [ ! -e ${file} ]; do sleep 0.2; done`),
      `for i in $(seq 0 ${job.size - 1}); do`,
      `  echo running > ${quoted(folder)}/$i.state`,
      `  ${indexVariable}=$i ${command} > ${quoted(folder)}/$i.log 2>&1`,
      `  echo $? > ${quoted(folder)}/$i.state`,
      `done`,
      `touch ${quoted(folder)}/ended`,
      '',
    ].join('\n')
  }

  async find(names) {
    /** @type {string[]} */
    const known = await readdir(this.#folder).catch(() => [])
    return new Map(names.filter((name) => known.includes(name)).map((name) => [name, name]))
  }

  async states(jobs) {
    /** @type {Map<string, Map<number, import('coterie/stage').ElementState>>} */
    const states = new Map()
    for (const { id, size } of jobs) {
      const elements = new Map()
      for (let index = 0; index < size; index++) elements.set(index, await this.#element(id, index))
      states.set(id, elements)
    }
    return states
  }

  /** @returns {Promise<import('coterie/stage').ElementState>} */
  async #element(id, index) {
    const folder = join(this.#folder, id)
    const state = (await readFile(join(folder, `${index}.state`), 'utf8').catch(() => '')).trim()
    if (state === '0') return { state: 'succeeded' }
    if (/^\d+$/.test(state)) return { state: 'failed', cause: 'exit', exit_code: Number(state) }
    const alive = await this.#alive(folder)
    if (state === 'running') return { state: alive ? 'running' : 'lost' }
    return { state: alive ? 'pending' : 'cancelled' }
  }

  async #alive(folder) {
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => '0'))
    try {
      return pid > 0 && process.kill(pid, 0)
    } catch {
      return false
    }
  }

  async cancel(jobs) {
    for (const { id } of jobs) {
      const pid = Number(await readFile(join(this.#folder, id, 'pid'), 'utf8').catch(() => '0'))
      try {
        // The whole process group: the shell and its children.
        if (pid > 0) process.kill(-pid, 'SIGTERM')
      } catch {
        // The process has ended already.
      }
    }
  }

  async logs({ id }, index, tail) {
    const log = await readFile(join(this.#folder, id, `${index}.log`), 'utf8').catch(() => undefined)
    return tail === undefined ? log : log?.split('\n').slice(-tail).join('\n')
  }
}

function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

export default definePlugin({
  name: 'shell',
  schedulers: [
    {
      name: 'background',
      member: 'shell_background',
      doc: 'Runs arrays as detached processes on this machine.',
      fields: { folder: text({ path: 'file', doc: 'Folder for scripts, states and logs of jobs.' }) },
      job: {
        index: (env) => (env[indexVariable] === undefined ? undefined : Number(env[indexVariable])),
        attempt: () => undefined,
      },
      open: async ({ settings }) => new BackgroundJobs(settings.folder),
    },
  ],
})
