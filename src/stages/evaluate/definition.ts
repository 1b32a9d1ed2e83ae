import type { SetDefinition } from '../../artefacts/evaluation-set.js'
import { PipelineError } from '../../core/error.js'
import type { Json } from '../../core/json.js'

export function definitionOf(name: string, given: Json | undefined): SetDefinition {
  const set = (given ?? {}) as { readonly [member: string]: Json | undefined }
  const type = set.type
  if (type !== 'classification' && type !== 'retrieval' && type !== 'multilabel') {
    throw new PipelineError({
      code: 'E_EVALUATION',
      message: `evaluation set ${name} has no usable type`,
      failure: 'manifest',
      expected: 'classification, retrieval or multilabel',
      found: String(type),
    })
  }
  return {
    name,
    type,
    from: set.from === 'holdout' ? 'holdout' : undefined,
    uri: typeof set.uri === 'string' ? set.uri : undefined,
    label: typeof set.label === 'string' ? set.label : undefined,
    where: (set.where ?? {}) as { readonly [field: string]: Json },
    classnames: typeof set.classnames === 'string' ? set.classnames : undefined,
    templates: textsOf(set.templates),
    routing_templates: textsOf(set.routing_templates ?? set.routing_template),
    metric: typeof set.metric === 'string' ? set.metric : undefined,
  }
}

function textsOf(value: Json | undefined): readonly string[] | undefined {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined
}
