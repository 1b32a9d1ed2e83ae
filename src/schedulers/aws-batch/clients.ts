import type { BatchClient } from '@aws-sdk/client-batch'
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { importPackage, requirePackage } from '../../core/optional-package.js'
import type { BatchSettings } from './settings.js'

export type BatchSdk = typeof import('@aws-sdk/client-batch')
export type LogsSdk = typeof import('@aws-sdk/client-cloudwatch-logs')

/** One attempt per request: retries are our own (asking.ts). */
const maxAttempts = 1

// Otherwise the SDK prints a warning about Node versions in every command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const batchPackage = '@aws-sdk/client-batch'
const logsPackage = '@aws-sdk/client-cloudwatch-logs'
const purpose = 'the executor `aws-batch`'

/** Throws `E_PACKAGE_MISSING`: the client of AWS Batch is an optional package. */
export async function batchSdk(): Promise<BatchSdk> {
  return importPackage<BatchSdk>(requirePackage(batchPackage, { purpose, with: [logsPackage] }))
}

/** Throws `E_PACKAGE_MISSING`. */
export async function logsSdk(): Promise<LogsSdk> {
  return importPackage<LogsSdk>(requirePackage(logsPackage, { purpose, with: [batchPackage] }))
}

/** With `anew`, the credentials file is read again: the SDK keeps what a process has read. */
export function batchClient(
  sdk: BatchSdk,
  { region, endpoint, credentials_profile }: BatchSettings,
  anew = false,
): BatchClient {
  return new sdk.BatchClient({
    ...given({ region, endpoint, profile: credentials_profile }),
    ...(anew ? { ignoreCache: true } : {}),
    maxAttempts,
  })
}

export function logsClient(
  sdk: LogsSdk,
  { region, logs_endpoint, credentials_profile }: BatchSettings,
): CloudWatchLogsClient {
  return new sdk.CloudWatchLogsClient({
    ...given({ region, endpoint: logs_endpoint, profile: credentials_profile }),
    maxAttempts,
  })
}

/** Leaves out undefined members, which the SDK would not replace by defaults. */
function given(settings: {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly profile?: string | undefined
}) {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [member: string]: string
  }
}
