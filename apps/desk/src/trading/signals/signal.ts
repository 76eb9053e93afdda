import { z } from 'zod'

/** Advice to trade, from outside. */
export interface Signal {
  readonly id: number
  readonly userId: string
  readonly chain: string
  /** Normalised. */
  readonly asset: string
  readonly type: string
  /** 1, weak, to 5, strong. */
  readonly strength: number
  readonly source: string
}

/** What an agent makes of a signal: one row for each, so that none acts on it twice. */
export const Execution = z
  .object({
    agentId: z.string(),
    /** PENDING until its trade is final; SKIPPED: nothing was tried. */
    status: z.enum(['PENDING', 'EXECUTED', 'FAILED', 'SKIPPED']),
    intentId: z.string().nullable(),
    /** Why it was skipped, or failed. */
    reason: z.string().nullable(),
  })
  .meta({ id: 'SignalExecution' })

/** What an agent makes of a signal. */
export type Execution = z.infer<typeof Execution>

/** An execution that is to be tried, or tried again. */
export interface PendingExecution {
  readonly signal: Signal
  readonly agentId: string
  /** Since the signal came, on PostgreSQL's clock. */
  readonly ageMs: number
}

/** How a pending execution ended. */
export type Settled = Pick<Execution, 'intentId' | 'reason'> & {
  readonly status: Exclude<Execution['status'], 'PENDING'>
}

/** The id of an execution's job. */
export function jobIdOf({
  signalId,
  agentId,
}: {
  readonly signalId: number
  readonly agentId: string
}): string {
  return `${signalId}:${agentId}`
}
