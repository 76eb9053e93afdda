import { signals } from '../core/signals.ts'
import { transactionStatuses } from '../fence/transaction-status.ts'
import type { Gate } from '../gate/port.ts'
import type { Truth } from '../truth.ts'
import type { Attempt, PutUp, WriteOutbox } from './attempt.ts'
import type { Change } from './changes.ts'
import type { WriteTarget } from './target.ts'

/** What a settlement stands on. */
export interface SettlementParts<Session> {
  readonly state: string
  readonly truth: Truth<Session>
  readonly gate: Gate | undefined
  readonly outbox: WriteOutbox | undefined
}

/**
 * What is left to do once the last of `attempts` has committed: its values are stored, its fences and those of the
 * others taken down, cached keys deleted. Never rejects: what the store does not do now, readers will.
 */
export async function settleCommitted<Session>(
  parts: SettlementParts<Session>,
  attempts: readonly Attempt<Session>[],
): Promise<void> {
  const last = attempts.at(-1)
  if (!last) return
  if (last.emits) parts.outbox?.committed()
  await Promise.all([
    settle(parts, last),
    settleRolledBack(parts, attempts.slice(0, -1)),
    deleteCached(parts, last.changes),
  ])
}

/** Takes down the fences of attempts that did not commit. Never rejects. */
export async function settleRolledBack<Session>(
  parts: SettlementParts<Session>,
  attempts: readonly Attempt<Session>[],
): Promise<void> {
  await Promise.all(
    attempts.map(async (attempt) => {
      // Its COMMIT may be under way, whatever the driver believes. Then its fences stay, and a reader asks again.
      if (attempt.isReady && !(await hasEnded(parts, attempt.transactionId))) return
      await takeDown(parts, attempt.keys, attempt.putUp)
    }),
  )
}

async function settle<Session>(parts: SettlementParts<Session>, attempt: Attempt<Session>): Promise<void> {
  const [last, ...earlier] = attempt.putUp.toReversed()
  if (!last) return
  const { fences, token } = last
  try {
    // Fences of an attempt without an answer may stand beside ours: ours is contended then, and not stored.
    const settled = await fences.settle(attempt.keys, token, attempt.values)
    // A reader may have seen that we committed, and been quicker. Or the store lost it: the gate looks.
    if (settled.includes('gone')) await parts.gate?.missed(fences)
  } catch (error) {
    report(parts, 'settle', error)
  }
  await takeDown(parts, attempt.keys, earlier)
}

async function takeDown<Session>(
  parts: SettlementParts<Session>,
  keys: readonly string[],
  putUp: readonly PutUp[],
): Promise<void> {
  const settlements = putUp.map(({ fences, token }) => fences.settle(keys, token))
  for (const settled of await Promise.allSettled(settlements)) {
    if (settled.status === 'rejected') report(parts, 'settle', settled.reason)
  }
}

async function hasEnded<Session>(parts: SettlementParts<Session>, transactionId: string): Promise<boolean> {
  const [status] = await transactionStatuses(parts.truth, [transactionId]).catch(() => [])
  return status !== undefined && status !== 'in progress'
}

async function deleteCached<Session>(
  parts: SettlementParts<Session>,
  changes: readonly Change<Session>[],
): Promise<void> {
  const idsOf = new Map<WriteTarget<Session>, Change<Session>['id'][]>()
  for (const { target, id } of changes) {
    if (target.how === 'delete') idsOf.set(target, [...(idsOf.get(target) ?? []), id])
  }
  await Promise.all(
    [...idsOf].map(async ([target, ids]) => {
      try {
        await target.remove?.(ids)
      } catch (error) {
        report(parts, 'delete', error)
      }
    }),
  )
}

function report({ state }: { readonly state: string }, operation: string, error: unknown): void {
  if (signals.storeFailure.hasSubscribers)
    signals.storeFailure.publish({ state, keyspace: 'write', operation, error })
}
