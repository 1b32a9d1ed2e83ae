import { BatchClient } from '@aws-sdk/client-batch'
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type { BatchSettings } from './settings.js'

/** Once each: repetition is our own (asking.ts). */
const maxAttempts = 1

// The SDK would print its own plans about Node versions into every command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

export function batchClient({ region, endpoint, credentials_profile }: BatchSettings): BatchClient {
  return new BatchClient({ ...given({ region, endpoint, profile: credentials_profile }), maxAttempts })
}

export async function logsClient({
  region,
  logs_endpoint,
  credentials_profile,
}: BatchSettings): Promise<CloudWatchLogsClient> {
  const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs')
  return new CloudWatchLogsClient({
    ...given({ region, endpoint: logs_endpoint, profile: credentials_profile }),
    maxAttempts,
  })
}

/** The SDK takes a member that is undefined for an answer. */
function given(settings: {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly profile?: string | undefined
}) {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [member: string]: string
  }
}
