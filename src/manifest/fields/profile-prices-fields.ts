import { type Fields, num, text } from '../../core/field.js'

/** What machines cost; the only source of the prices that `plan` shows. */
export const pricesFields = {
  currency: text({ default: 'USD', pattern: '^[A-Z]{3}$', doc: 'Currency of the prices.' }),
  cpu_hour: num({ min: 0, default: 0, doc: 'Price of one core for an hour.' }),
  memory_gigabyte_hour: num({ min: 0, default: 0, doc: 'Price of one gigabyte of memory for an hour.' }),
  gpu_hour: num({ min: 0, default: 0, doc: 'Price of one GPU for an hour.' }),
} satisfies Fields
