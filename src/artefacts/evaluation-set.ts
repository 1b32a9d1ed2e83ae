import { anyJson, list, map, number, object, oneOf, optional, text, type Shape } from '../core/shape.js'
import type { Json } from '../core/json.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import type { DocumentSink } from './document.js'

/** `set.json`: the rows and texts of one evaluation set, stored next to their features. */
export interface EvaluationSet {
  readonly definition: SetDefinition
  /** Class names, or the distinct captions. */
  readonly texts: readonly string[]
  /** Per row: class numbers (one, or several for multilabel), or the numbers of the image's own captions. */
  readonly positives: readonly (readonly number[])[]
  readonly models: readonly string[]
  /** Number of the text file of each model. */
  readonly text_of: { readonly [model: string]: number }
  readonly keys: readonly string[]
}

/** One evaluation set as the manifest names it. */
export interface SetDefinition {
  readonly name: string
  readonly type: 'classification' | 'retrieval' | 'multilabel'
  /** The run's own hold-out; otherwise `uri` is set. */
  readonly from?: 'holdout' | undefined
  readonly uri?: string | undefined
  /** Member of the metadata that holds the class. */
  readonly label?: string | undefined
  /** Only samples whose metadata have these values. */
  readonly where: { readonly [field: string]: Json }
  /** Path of a file with one class name per line, in the order of `.cls` numbers. */
  readonly classnames?: string | undefined
  readonly templates?: readonly string[] | undefined
  /** Templates that are filled with class names for routing only. */
  readonly routing_templates?: readonly string[] | undefined
  readonly metric?: string | undefined
}

const texts = list(text)

const definition: Shape<SetDefinition> = object({
  name: text,
  type: oneOf('classification', 'retrieval', 'multilabel'),
  from: optional(oneOf('holdout')),
  uri: optional(text),
  label: optional(text),
  where: map(anyJson),
  classnames: optional(text),
  templates: optional(texts),
  routing_templates: optional(texts),
  metric: optional(text),
})

export const evaluationSet: Shape<EvaluationSet> = object({
  definition,
  texts,
  positives: list(list(number)),
  models: texts,
  text_of: map(number),
  keys: texts,
})

export const evaluationSetName = 'set.json'

export function writeEvaluationSet(out: DocumentSink, document: EvaluationSet): Promise<void> {
  return out.put(evaluationSetName, JSON.stringify(document))
}

export async function readEvaluationSet(files: Files): Promise<EvaluationSet> {
  return readJsonOf(files, evaluationSetName, evaluationSet)
}
