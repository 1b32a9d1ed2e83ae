import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'

/**
 * Values with a logical type. Dates and timestamps are ISO 8601 text with all the digits that the file has:
 * `Date` would truncate them to milliseconds.
 */
export const parsers = {
  ...DEFAULT_PARSERS,
  dateFromDays: (days: number) => isoText(BigInt(days) * 86_400n, 1n, 0).slice(0, -'T00:00:00Z'.length),
  timestampFromMilliseconds: (millis: bigint | number) => isoText(BigInt(millis), 1_000n, 3),
  timestampFromMicroseconds: (micros: bigint) => isoText(BigInt(micros), 1_000_000n, 6),
  timestampFromNanoseconds: (nanos: bigint) => isoText(BigInt(nanos), 1_000_000_000n, 9),
}

/** The range of `Date`, in seconds. A value outside is in another unit, and is kept as a number. */
const maxSeconds = 8_640_000_000_000n

function isoText(value: bigint, perSecond: bigint, digits: number): string {
  const fraction = ((value % perSecond) + perSecond) % perSecond
  const seconds = (value - fraction) / perSecond
  if (seconds > maxSeconds || seconds < -maxSeconds) return String(value)
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length)
  const rest = fraction === 0n ? '' : `.${String(fraction).padStart(digits, '0').replace(/0+$/, '')}`
  return `${whole}${rest}Z`
}
