import { register } from 'node:module'

/** Preloaded with `--import`: a machine on which onnxruntime-node is not installed. */
const hooks = `export async function resolve(name, context, next) {
  if (name === 'onnxruntime-node') throw new Error('Cannot find package onnxruntime-node')
  return next(name, context)
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
