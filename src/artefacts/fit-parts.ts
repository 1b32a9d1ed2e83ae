import { flag, list, map, nullable, number, object, text, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import { putCompact, type DocumentSink } from './document.js'

/** JSON documents passed between the tasks of a fit in parts. They hold float64 values exactly. */

/** `survey.json`: which rows of all artefacts are in the sample. */
export interface SampleSurvey {
  /** Rows in all artefacts. */
  readonly total: number
  /** Blocks with a lower hash are in the sample, and the first rows of one more block; null: all rows are. */
  readonly cut: {
    readonly hash: number
    readonly split: string
    readonly start: number
    readonly end: number
  } | null
  /** Captions of rows with a hash below this are used for the quality figures. */
  readonly caption_below: number
}

export const sampleSurvey: Shape<SampleSurvey> = object({
  total: number,
  cut: nullable(object({ hash: number, split: text, start: number, end: number })),
  caption_below: number,
})

export function writeSurvey(out: DocumentSink, document: SampleSurvey): Promise<void> {
  return putCompact(out, 'survey.json', document)
}

export async function readSurvey(files: Files): Promise<SampleSurvey> {
  return readJsonOf(files, 'survey.json', sampleSurvey)
}

/** `head.json`: one part's share of the rows for seeding, stored next to their vectors. */
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

export function writeHead(out: DocumentSink, document: SampleHead): Promise<void> {
  return putCompact(out, 'head.json', document)
}

export async function readHead(files: Files): Promise<SampleHead> {
  return readJsonOf(files, 'head.json', sampleHead)
}

/** `state.json`: progress of a fit, stored next to its centres. */
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

export function writeProgress(out: DocumentSink, document: FitProgress): Promise<void> {
  return putCompact(out, 'state.json', document)
}

export async function readProgress(files: Files): Promise<FitProgress> {
  return readJsonOf(files, 'state.json', fitProgress)
}
