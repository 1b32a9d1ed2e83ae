import { MultiBar, type SingleBar } from 'cli-progress'
import { systemClock, type Clock } from '../core/clock.js'
import type { RunEvent } from '../executors/executor.js'
import type { Prepared } from '../runner/prepare.js'
import { count, duration } from './output.js'

export interface ProgressDisplay {
  planned(prepared: Prepared): void
  readonly listen: (event: RunEvent) => void
  close(): void
}

/** Bars on a terminal, a plain line every few seconds elsewhere; always on standard error. */
export function progressDisplay(stream: NodeJS.WriteStream = process.stderr, clock: Clock = systemClock): ProgressDisplay {
  const tracker = new Tracker(clock)
  const painter = stream.isTTY ? new BarPainter(stream) : new LinePainter(stream, clock)
  return {
    planned({ plan, done, reasons }) {
      for (const [index, stage] of plan.stages.entries()) {
        const missing = stage.tasks.filter((task) => !done.has(task.fingerprint))
        if (missing.length > 0) tracker.expect(stage.stage, missing.length, missing.reduce((sum, task) => sum + task.splits.reduce((rows, split) => rows + ((split.row_end ?? 0) - split.row_start), 0), 0))
        else painter.say(`${stage.node}: ${reasons[index]?.reason ?? 'reused'}`)
      }
    },
    listen(event) {
      tracker.take(event)
      if (event.type === 'retried') painter.say(`${event.task.stage}/${event.task.key}: the worker died (${event.reason}), trying again`)
      painter.paint(tracker.state(event.task.stage), event)
    },
    close: () => painter.close(),
  }
}

export interface StageState {
  readonly stage: string
  readonly tasks: number
  readonly tasks_done: number
  readonly rows: number
  readonly rows_per_second: number
  /** Undefined until something is done. */
  readonly seconds_left: number | undefined
  readonly seconds: number
}

/** Adds up the events of a run by stage. */
class Tracker {
  private readonly stages = new Map<string, { tasks: number; done: number; rows: number; running: Map<string, { done: number; total: number | undefined }>; started: number | undefined }>()
  private readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  expect(stage: string, tasks: number, _rows: number): void {
    this.stages.set(stage, { tasks, done: 0, rows: 0, running: new Map(), started: undefined })
  }

  take(event: RunEvent): void {
    const stage = this.of(event.task.stage)
    stage.started ??= this.clock.monotonic()
    if (event.type === 'started') stage.running.set(event.task.key, { done: 0, total: undefined })
    if (event.type === 'progress') stage.running.set(event.task.key, { done: event.rows_done, total: event.rows_total })
    if (event.type === 'failed') stage.running.delete(event.task.key)
    if (event.type === 'finished') {
      stage.running.delete(event.task.key)
      stage.done += 1
      stage.rows += event.rows_in
    }
  }

  state(name: string): StageState {
    const stage = this.of(name)
    const running = [...stage.running.values()]
    const rows = stage.rows + running.reduce((sum, task) => sum + task.done, 0)
    const seconds = stage.started === undefined ? 0 : (this.clock.monotonic() - stage.started) / 1000
    const share = stage.done + running.reduce((sum, task) => sum + (task.total ? task.done / task.total : 0), 0)
    return {
      stage: name,
      tasks: stage.tasks,
      tasks_done: stage.done,
      rows,
      rows_per_second: seconds > 0 ? rows / seconds : 0,
      seconds_left: share > 0 ? (seconds * (stage.tasks - share)) / share : undefined,
      seconds,
    }
  }

  private of(name: string) {
    let stage = this.stages.get(name)
    if (!stage) {
      stage = { tasks: 0, done: 0, rows: 0, running: new Map(), started: undefined }
      this.stages.set(name, stage)
    }
    return stage
  }
}

interface Painter {
  paint(state: StageState, event: RunEvent): void
  say(line: string): void
  close(): void
}

class BarPainter implements Painter {
  private readonly bars: MultiBar
  private readonly byStage = new Map<string, SingleBar>()

  constructor(stream: NodeJS.WriteStream) {
    this.bars = new MultiBar({ stream, format: '{stage} {bar} {done}/{total} tasks  {rows}  {left}', barCompleteChar: '█', barIncompleteChar: '░', barsize: 24, hideCursor: true, clearOnComplete: false, fps: 8 })
  }

  paint(state: StageState): void {
    const payload = {
      stage: state.stage.padEnd(9),
      done: String(state.tasks_done),
      rows: state.rows > 0 ? `${count(state.rows)} rows, ${count(state.rows_per_second)}/s` : '',
      left: state.tasks_done === state.tasks ? duration(state.seconds) : state.seconds_left === undefined ? '' : `${duration(state.seconds_left)} left`,
    }
    let bar = this.byStage.get(state.stage)
    if (!bar) {
      bar = this.bars.create(state.tasks, state.tasks_done, payload)
      this.byStage.set(state.stage, bar)
    }
    bar.update(state.tasks_done, payload)
  }

  say(line: string): void {
    this.bars.log(`${line}\n`)
  }

  close(): void {
    this.bars.stop()
  }
}

const lineEveryMilliseconds = 5_000

class LinePainter implements Painter {
  private readonly last = new Map<string, number>()
  private readonly stream: NodeJS.WriteStream
  private readonly clock: Clock

  constructor(stream: NodeJS.WriteStream, clock: Clock) {
    this.stream = stream
    this.clock = clock
  }

  paint(state: StageState, event: RunEvent): void {
    const now = this.clock.monotonic()
    const complete = event.type === 'finished' && state.tasks_done === state.tasks
    if (!complete && now - (this.last.get(state.stage) ?? now) < lineEveryMilliseconds) {
      if (!this.last.has(state.stage)) this.last.set(state.stage, now)
      return
    }
    this.last.set(state.stage, now)
    const rows = state.rows > 0 ? `, ${count(state.rows)} rows, ${count(state.rows_per_second)} rows/s` : ''
    const left = complete ? ` in ${duration(state.seconds)}` : state.seconds_left === undefined ? '' : `, ${duration(state.seconds_left)} left`
    this.say(`${state.stage}: ${state.tasks_done}/${state.tasks} tasks${rows}${left}`)
  }

  say(line: string): void {
    this.stream.write(`${line}\n`)
  }

  close(): void {}
}
