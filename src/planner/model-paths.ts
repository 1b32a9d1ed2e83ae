import type { Json } from '../core/json.js'

/**
 * Masks the paths of models: a model is identified by its bytes, and its location must not decide a result.
 */
export function withoutPaths(value: Json, paths: ReadonlySet<string>): Json {
  if (typeof value === 'string') return paths.has(value) ? '(model)' : value
  if (Array.isArray(value)) return value.map((item) => withoutPaths(item as Json, paths))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) =>
        item === undefined ? [] : [[key, withoutPaths(item as Json, paths)]],
      ),
    )
  }
  return value
}
