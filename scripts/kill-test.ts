import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../src/core/random.js'
import { artefactDigests, differences } from '../test/e2e/artefacts.js'
import { smallQuickstart } from '../test/e2e/small-quickstart.js'

/**
 * Kills a run and its workers at random times (`kill -9` of the process group), restarts it until it ends,
 * and compares every published byte with an undisturbed run. Needs a build: `npm run -s build`.
 */
const usage = 'usage: npm run kill-test -- [--kills N] [--pairs N] [--seed S] [--workers N]\n'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '3' },
    pairs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
})

const cli = join(import.meta.dirname, '../dist/cli/main.js')
const wantedKills = Number(values.kills)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(): Promise<number> {
  if (values.help || !Number.isSafeInteger(wantedKills) || wantedKills < 1) {
    process.stderr.write(usage)
    return 2
  }
  const small = await smallQuickstart(Number(values.pairs))
  try {
    const manifest = await small.manifest('kill')
    const store = (name: string): string => join(small.folder, name)
    const start = performance.now()
    await finish(startRun(manifest, store('undisturbed')))
    let wholeRun = performance.now() - start
    const expected = await artefactDigests(store('undisturbed'))
    say(
      `undisturbed: ${Object.keys(expected).length} digests in ${(wholeRun / 1000).toFixed(1)} s; ` +
        `seed ${values.seed}`,
    )

    const random = new Random('kill', values.seed)
    let kills = 0
    let failed = 0
    for (let run = 0; kills < wantedKills; run++) {
      const place = store(`killed-${run}`)
      const instants: string[] = []
      let lastAttempt = 0
      for (;;) {
        // The time is always drawn from the length of a whole run: later attempts have less to do, so some
        // finish.
        const instant = kills < wantedKills ? random.unit() * wholeRun : Infinity
        const started = performance.now()
        const killed = await killAfter(startRun(manifest, place), instant)
        lastAttempt = performance.now() - started
        if (!killed) break
        kills += 1
        instants.push(`${(instant / 1000).toFixed(2)} s`)
      }
      if (instants.length === 0) {
        // It finished before its time: the machine is faster now than in the undisturbed run.
        wholeRun = Math.min(wholeRun, lastAttempt)
        await rm(place, { recursive: true, force: true })
        continue
      }
      const different = differences(expected, await artefactDigests(place))
      if (different.length > 0) failed += 1
      say(
        `run ${run}: killed after ${instants.join(', ')}; ` +
          `${different.length === 0 ? 'all digests equal' : `DIFFERENT: ${different.join(', ')}`}`,
      )
      await rm(place, { recursive: true, force: true })
    }
    say(`${kills} kills, ${failed} runs with different bytes`)
    return failed === 0 ? 0 : 6
  } finally {
    await small.remove()
  }
}

/** Starts a run in its own process group, so that one signal reaches its workers too. */
function startRun(manifest: string, store: string): ChildProcess {
  const args = [cli, 'run', manifest, '--store', store, '--workers', values.workers]
  return spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Returns true if it was killed, false if it had finished before. */
async function killAfter(child: ChildProcess, milliseconds: number): Promise<boolean> {
  const ended = finish(child).then(() => false)
  if (milliseconds === Infinity) return ended
  let timer: NodeJS.Timeout | undefined
  const killed = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      if (child.exitCode !== null) return
      ended.catch(() => {})
      process.kill(-child.pid!, 'SIGKILL')
      void once(child, 'close').then(() => resolve(true))
    }, milliseconds)
  })
  try {
    return await Promise.race([ended, killed])
  } finally {
    clearTimeout(timer)
  }
}

async function finish(child: ChildProcess): Promise<void> {
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the run ended with ${code ?? signal}\n${said}`)
  if (signal === 'SIGKILL') throw new Error('killed')
}

process.exitCode = await main()
