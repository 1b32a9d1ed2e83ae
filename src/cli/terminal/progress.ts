import { MultiBar, type SingleBar } from 'cli-progress'
import { systemClock, type Clock } from '../../core/clock.js'
import type { RunEvent } from '../../api/planned-event.js'
import type { RunEvent as TaskEvent } from '../../local-executor/executor.js'
import { count, duration } from './output.js'
import { ProgressTracker, type StageState } from './progress-tracker.js'

export interface ProgressDisplay {
  readonly listen: (event: RunEvent) => void
  close(): void
}

/** Bars on a terminal, otherwise a plain line every few seconds; always on standard error. */
export function progressDisplay(
  stream: NodeJS.WriteStream = process.stderr,
  clock: Clock = systemClock,
): ProgressDisplay {
  const tracker = new ProgressTracker(clock)
  const painter = stream.isTTY ? new BarPainter(stream) : new LinePainter(stream, clock)
  return {
    listen(event) {
      if (event.type === 'planned') {
        for (const { stage, reason, to_run } of event.stages) {
          if (to_run.length > 0) tracker.expect(to_run)
          else painter.say(`${stage}: ${reason}`)
        }
        return
      }
      if (event.type === 'waiting')
        return painter.say(`${event.stage === undefined ? '' : `${event.stage}: `}waiting: ${event.reason}`)
      tracker.take(event)
      if (event.type === 'retried')
        painter.say(`${event.task.stage}/${event.task.key}: attempt lost (${event.reason}), retrying`)
      painter.paint(tracker.state(event.task.stage), event)
    },
    close: () => painter.close(),
  }
}

interface Painter {
  paint(state: StageState, event: TaskEvent): void
  say(line: string): void
  close(): void
}

class BarPainter implements Painter {
  private readonly bars: MultiBar
  private readonly byStage = new Map<string, SingleBar>()

  constructor(stream: NodeJS.WriteStream) {
    this.bars = new MultiBar({
      stream,
      format: '{stage} {bar} {done}/{total} tasks  {rows}  {left}  {details}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      fps: 8,
    })
  }

  paint(state: StageState): void {
    const payload = {
      stage: state.stage.padEnd(9),
      done: String(state.tasks_done),
      rows: state.rows > 0 ? `${count(state.rows)} rows, ${count(state.rows_per_second)}/s` : '',
      details: state.details.join('  '),
      left:
        state.tasks_done === state.tasks
          ? duration(state.seconds)
          : state.seconds_left === undefined
            ? ''
            : `${duration(state.seconds_left)} left`,
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

const lineIntervalMs = 5_000

class LinePainter implements Painter {
  private readonly lastPainted = new Map<string, number>()
  private readonly stream: NodeJS.WriteStream
  private readonly clock: Clock

  constructor(stream: NodeJS.WriteStream, clock: Clock) {
    this.stream = stream
    this.clock = clock
  }

  paint(state: StageState, event: TaskEvent): void {
    const now = this.clock.monotonic()
    const complete = event.type === 'finished' && state.tasks_done === state.tasks
    if (!complete && now - (this.lastPainted.get(state.stage) ?? now) < lineIntervalMs) {
      if (!this.lastPainted.has(state.stage)) this.lastPainted.set(state.stage, now)
      return
    }
    this.lastPainted.set(state.stage, now)
    const rows = state.rows > 0 ? `, ${count(state.rows)} rows, ${count(state.rows_per_second)} rows/s` : ''
    const left = complete
      ? ` in ${duration(state.seconds)}`
      : state.seconds_left === undefined
        ? ''
        : `, ${duration(state.seconds_left)} left`
    this.say(
      `${state.stage}: ${state.tasks_done}/${state.tasks} ` +
        `tasks${rows}${left}${state.details.map((detail) => `; ${detail}`).join('')}`,
    )
  }

  say(line: string): void {
    this.stream.write(`${line}\n`)
  }

  close(): void {}
}
