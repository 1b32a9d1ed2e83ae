import { Worker } from 'node:worker_threads'

/**
 * Starts a thread that runs a module. In an uncompiled checkout (tests, benches) it registers tsx first,
 * which threads do not inherit.
 */
export function startThread(file: URL): Worker {
  if (!file.pathname.endsWith('.ts')) return new Worker(file)
  return new Worker(bootstrap, { eval: true, workerData: { loader: 'tsx/esm/api', file: file.href } })
}

const bootstrap = `
  const { loader, file } = require('node:worker_threads').workerData
  import(loader).then(({ register }) => { register(); return import(file) })
`
