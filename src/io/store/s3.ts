import { PipelineError } from '../../core/error.js'
import type { Place } from './place.js'
import type { Store } from './store.js'

export function s3Store(bucket: string, prefix: string, _place: Place = {}): Store {
  throw new PipelineError({ code: 'E_UNEXPECTED', message: `s3://${bucket}/${prefix} cannot be opened yet` })
}
