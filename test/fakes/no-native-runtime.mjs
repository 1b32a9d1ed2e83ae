import { register } from 'node:module'

/** Preloaded with `--import`: a machine on which onnxruntime-node does not load. */
const hooks = `export async function resolve(name, context, next) {
  if (name.includes('/node_modules/onnxruntime-node/')) throw new Error('Cannot load onnxruntime-node')
  return next(name, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
