import { pino } from 'pino'
import type { Logger } from '../core/log.js'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Writes JSON lines to standard error, synchronously so that a killed process loses none. */
export function stderrLogger(level: LogLevel, bindings: object = {}): Logger {
  return pino({ level, base: null }, pino.destination({ fd: 2, sync: true })).child(bindings)
}
