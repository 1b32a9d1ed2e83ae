import type { JobDetail } from '@aws-sdk/client-batch'
import type { Clock } from '../../core/clock.js'
import { append } from '../../core/extremes.js'
import { asking } from './asking.js'
import { logsClient, logsSdk } from './clients.js'
import type { BatchSettings } from './settings.js'

/** Events that one request may bring. */
const mostAtOnce = 10_000

/** What a job printed, all its attempts: each has a log stream of its own. */
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
  const fromEnd = tail !== undefined && tail <= mostAtOnce
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
    // At its end the service gives back the token that it was asked with.
    if (fromEnd || next === undefined || next === token) return lines
    token = next
  }
}

/** A container that never started has a name for its stream, and no stream. */
function noStream(error: Error): undefined {
  if (error.name === 'ResourceNotFoundException') return undefined
  throw error
}
