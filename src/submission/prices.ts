import { pricesFields } from '../manifest/fields/profile-prices-fields.js'
import type { Profile } from '../manifest/profile.js'
import type { Resources } from '../schedulers/scheduler.js'

type Rented = Pick<Resources, 'cpus' | 'memory_bytes' | 'gpus' | 'nodes'>

/** The price of these resources for a duration, by the profile's prices; null if it has none. */
export function priceOf(profile: Profile | undefined, rented: Rented, seconds: number): number | null {
  if (profile === undefined) return null
  const { cpu_hour, memory_gigabyte_hour, gpu_hour } = profile.prices
  if (cpu_hour === 0 && memory_gigabyte_hour === 0 && gpu_hour === 0) return null
  const hourly =
    rented.nodes *
    (rented.cpus * cpu_hour + (rented.memory_bytes / 1e9) * memory_gigabyte_hour + rented.gpus * gpu_hour)
  return (seconds / 3600) * hourly
}

export function currencyOf(profile: Profile | undefined): string {
  return profile?.prices.currency ?? String(pricesFields.currency.default)
}

/** Null as soon as one part has no price: a sum without it would mislead. */
export function sumOfPrices(prices: readonly (number | null)[]): number | null {
  let sum = 0
  for (const price of prices) {
    if (price === null) return null
    sum += price
  }
  return sum
}
