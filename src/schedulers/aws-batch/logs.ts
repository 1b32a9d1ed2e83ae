import type { JobDetail } from '@aws-sdk/client-batch'
import type { Clock } from '../../core/clock.js'
import { append } from '../../core/extremes.js'
import { asking } from './asking.js'
import { logsClient, logsSdk } from './clients.js'
import type { BatchSettings } from './settings.js'

/** Maximum number of events per request. */
const maxEvents = 10_000

/** The output of all attempts of a job; each attempt has its own log stream. */
export async function readLogs(
  detail: JobDetail,
  settings: BatchSettings,
  patience: { clock: Clock; seconds: number },
  tail: number | undefined,
): Promise<string | undefined> {
  const attempts = (detail.attempts ?? []).map(({ container }) => container?.logStreamName)
  const streams = [...new Set([...attempts, detail.container?.logStreamName])].filter(
    (stream) => stream !== undefined,
  )
  const lines: string[] = []
  for (const stream of streams) {
    if (streams.length > 1) lines.push(`--- ${stream}`)
    append(lines, await readStream(stream, settings, patience, tail))
  }
  if (streams.length === 0) return undefined
  const text = tail === undefined ? lines : lines.slice(-tail)
  return text.length === 0 ? undefined : `${text.join('\n')}\n`
}

async function readStream(
  stream: string,
  settings: BatchSettings,
  patience: { clock: Clock; seconds: number },
  tail: number | undefined,
): Promise<string[]> {
  const sdk = await logsSdk()
  const client = logsClient(sdk, settings)
  const fromEnd = tail !== undefined && tail <= maxEvents
  const lines: string[] = []
  for (let token: string | undefined; ;) {
    const command = new sdk.GetLogEventsCommand({
      logGroupName: settings.log_group,
      logStreamName: stream,
      startFromHead: !fromEnd,
      ...(fromEnd ? { limit: Math.max(1, tail) } : {}),
      ...(token ? { nextToken: token } : {}),
    })
    const answer = await asking(() => client.send(command).catch(noStream), patience)
    append(
      lines,
      (answer?.events ?? []).map(({ message }) => message ?? ''),
    )
    const next = answer?.nextForwardToken
    // At the end of the stream the service returns the token of the request.
    if (fromEnd || next === undefined || next === token) return lines
    token = next
  }
}

/** A container that never started has a stream name, but no stream. */
function noStream(error: Error): undefined {
  if (error.name === 'ResourceNotFoundException') return undefined
  throw error
}
