// A worker process whose tasks end as their `params` say: a list of error codes, then success.
const attempts = new Map()
process.on('message', (message) => {
  if (message.type === 'stop') process.exit(0)
  if (message.type !== 'run') return
  const { fingerprint, params } = message.task
  const attempt = attempts.get(fingerprint) ?? 0
  attempts.set(fingerprint, attempt + 1)
  const code = params[attempt]
  if (code === undefined)
    process.send({ type: 'done', summary: { rows_in: 1, rows_out: 1, dropped: {}, seconds: 0 } })
  else process.send({ type: 'failed', error: { code, message: `as scripted, ${code}` } })
})
process.on('disconnect', () => process.exit(0))
