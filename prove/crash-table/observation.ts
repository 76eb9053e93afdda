import type { Death } from './victim-process.ts'
import type { Left, Step } from './steps.ts'

/** A read of the account by another process, after the death. */
export interface LaterRead {
  /** The version that it answered, of the account and of what is derived from it. */
  readonly version: number
  readonly derived: number
  readonly from: 'Redis' | 'PostgreSQL'
  /** What PostgreSQL had committed before it was sent, and when it had answered. */
  readonly before: number
  readonly after: number
}

/** What was seen of one step. */
export interface Observation {
  readonly step: Step
  readonly death: Death
  /** The version of the old state; the new one has the next. */
  readonly old: number
  /** The newest version that anybody was told of before the first read. */
  readonly told: number
  readonly left: Left | 'something else'
  /** The state of the gate when it had died. */
  readonly gate: string
  /** What was left lies under the nonce of an epoch that had ended by then. */
  readonly isOutOfReach: boolean
  /** Whether PostgreSQL had the new state in the end. */
  readonly isCommitted: boolean
  readonly reads: readonly LaterRead[]
  /** From its death until a read was answered by Redis; undefined when none was in time. */
  readonly fromRedisAfterMs: number | undefined
}

/** What is not as it must be. */
export function problemsOf(observation: Observation): string[] {
  const { step, death, old, told, left, reads, fromRedisAfterMs } = observation
  const problems: string[] = []
  const [first] = reads
  if (death.problem !== undefined) problems.push(death.problem)
  else if (!death.isAsTold) problems.push('it did not die by SIGKILL at the step')
  if (left === 'something else' || !step.leaves.includes(left))
    problems.push(`it left ${left} in Redis, not ${step.leaves.join(' or ')}`)
  if (first && !step.from.includes(first.from)) problems.push(`the next read was answered by ${first.from}`)
  if (first && !step.answers.includes(stateOf(first.version, old)))
    problems.push(`the next read answered version ${first.version}`)
  let least = told
  for (const [place, { version, derived, before, after }] of reads.entries()) {
    least = Math.max(least, before)
    for (const [what, seen] of [
      ['', version],
      [' of what is derived', derived],
    ] as const) {
      if (seen < least)
        problems.push(`read ${place + 1}${what} answered version ${seen}; ${least} was known before`)
      if (seen > after)
        problems.push(`read ${place + 1}${what} answered version ${seen}; ${after} was committed last`)
    }
    least = Math.max(least, version, derived)
  }
  if (fromRedisAfterMs === undefined) problems.push('Redis did not answer again in time')
  return problems
}

/** Which of the two states a version is. */
export function stateOf(version: number, old: number): 'the old' | 'the new' {
  return version <= old ? 'the old' : 'the new'
}
