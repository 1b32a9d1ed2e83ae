import { flag, list, map, nullable, number, object, text, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import { putCompact, type Puts } from './document.js'

/** What the tasks of a fit in parts hand on as JSON. A float64 is exact in it. */

/** `survey.json`: which rows of all artefacts are in the sample. */
export interface SampleSurvey {
  /** Rows in all artefacts. */
  readonly total: number
  /**
   * Blocks with a lower hash are in the sample, and of one more block the first rows; null: everything is.
   */
  readonly cut: {
    readonly hash: number
    readonly split: string
    readonly start: number
    readonly end: number
  } | null
  /** Rows with a hash below this give their captions to the quality figures. */
  readonly caption_below: number
}

export const sampleSurvey: Shape<SampleSurvey> = object({
  total: number,
  cut: nullable(object({ hash: number, split: text, start: number, end: number })),
  caption_below: number,
})

export function writeSurvey(out: Puts, document: SampleSurvey): Promise<void> {
  return putCompact(out, 'survey.json', document)
}

export async function readSurvey(files: Files): Promise<SampleSurvey> {
  return readJsonOf(files, 'survey.json', sampleSurvey)
}

/** `head.json`: what one part adds to the rows that are seeded on, beside their vectors. */
export interface SampleHead {
  readonly total: number
  readonly dropped: { readonly [reason: string]: number }
  readonly captions: readonly { readonly hash: number; readonly text: string }[]
}

export const sampleHead: Shape<SampleHead> = object({
  total: number,
  dropped: map(number),
  captions: list(object({ hash: number, text })),
})

export function writeHead(out: Puts, document: SampleHead): Promise<void> {
  return putCompact(out, 'head.json', document)
}

export async function readHead(files: Files): Promise<SampleHead> {
  return readJsonOf(files, 'head.json', sampleHead)
}

/** `state.json`: how far a fit has come, beside its centres. */
export interface FitProgress {
  /** Sum of squared distances before each pass. */
  readonly inertia: readonly number[]
  /** Points per cluster in the last pass. */
  readonly counts: readonly number[]
  readonly reassigned: number
  readonly swapped: number
  readonly pass: number
  readonly done: boolean
}

export const fitProgress: Shape<FitProgress> = object({
  inertia: list(number),
  counts: list(number),
  reassigned: number,
  swapped: number,
  pass: number,
  done: flag,
})

export function writeProgress(out: Puts, document: FitProgress): Promise<void> {
  return putCompact(out, 'state.json', document)
}

export async function readProgress(files: Files): Promise<FitProgress> {
  return readJsonOf(files, 'state.json', fitProgress)
}
