import { parseDuration } from '../../core/duration.ts'
import { DeclarationError } from '../../core/errors.ts'
import { wholeNumber } from '../../keyspace/spec.ts'
import type { ConsumeOptions } from './topic.ts'

/** How a consumer works, in plain values. */
export interface ConsumeRules {
  readonly concurrency: number
  readonly attempts: number
  readonly timeoutMs: number
  readonly idleMs: number
}

const MOST_AT_A_TIME = 1_000
const MOST_ATTEMPTS = 1_000

/** @throws DeclarationError naming the option that is wrong */
export function checkConsume(
  field: string,
  group: string,
  handler: unknown,
  { concurrency = 1, attempts = 5, timeout = '30s', claimAfter = '30s' }: ConsumeOptions,
): ConsumeRules {
  checkGroup(`${field}.group`, group)
  if (typeof handler !== 'function') throw new DeclarationError(`${field}.handler`, 'is no function')
  return {
    concurrency: wholeNumber(`${field}.concurrency`, concurrency, MOST_AT_A_TIME),
    attempts: wholeNumber(`${field}.attempts`, attempts, MOST_ATTEMPTS),
    timeoutMs: parseDuration(timeout, `${field}.timeout`, 10),
    idleMs: parseDuration(claimAfter, `${field}.claimAfter`, 100),
  }
}

/** @throws DeclarationError naming `field` */
export function checkGroup(field: string, group: string): void {
  if (typeof group !== 'string' || !/^[A-Za-z0-9_.-]{1,64}$/.test(group))
    throw new DeclarationError(field, "is not 1 to 64 letters, digits, '_', '.' or '-'")
}
