/** Events on a trainer's standard output, one JSON object per line; `docs/guides/trainer.md`. */
export type TrainerEvent =
  | { readonly event: 'phase'; readonly phase: string }
  | {
      readonly event: 'progress'
      readonly step: number
      readonly steps: number
      readonly samples: number
      readonly samples_total: number
      readonly loss: number | null
      readonly samples_per_second: number | null
      readonly seconds_left: number | null
    }
  | { readonly event: 'checkpoint'; readonly part: number; readonly parts: number; readonly step: number }
  | { readonly event: 'warning'; readonly code: string; readonly message: string }
  | {
      readonly event: 'end'
      readonly status: string
      readonly code: string | null
      readonly message: string | null
    }

const needed: { readonly [event: string]: readonly string[] } = {
  phase: ['phase'],
  progress: ['step', 'steps', 'samples', 'samples_total'],
  checkpoint: ['step'],
  warning: ['message'],
  end: ['status'],
}

/** Undefined for any other output: a trainer's own log lines must not end it. */
export function parseLine(line: string): TrainerEvent | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value = JSON.parse(line) as { readonly [member: string]: unknown }
    const members = needed[String(value.event)]
    return members?.every((member) => value[member] !== undefined && value[member] !== null)
      ? (value as unknown as TrainerEvent)
      : undefined
  } catch {
    return undefined
  }
}

/** `step 120/960, loss 3.91, 640 samples/s, 84 s left` */
export function describe({
  step,
  steps,
  loss,
  samples_per_second,
  seconds_left,
}: Extract<TrainerEvent, { event: 'progress' }>): string {
  const left =
    seconds_left === null
      ? undefined
      : seconds_left < 100
        ? `${Math.round(seconds_left)} s left`
        : seconds_left < 6000
          ? `${Math.round(seconds_left / 60)} min left`
          : `${(seconds_left / 3600).toFixed(1)} h left`
  return [
    `step ${step}/${steps}`,
    ...(typeof loss === 'number' ? [`loss ${loss.toFixed(2)}`] : []),
    ...(typeof samples_per_second === 'number' ? [`${Math.round(samples_per_second)} samples/s`] : []),
    ...(left ? [left] : []),
  ].join(', ')
}
