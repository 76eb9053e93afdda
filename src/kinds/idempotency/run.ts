/**
 * Idempotent work: one effect for each id, one answer for everybody who asks.
 *
 *   (none) ──claim──▶ held ──commit──▶ done, or failed for good
 *                     │  ▲
 *                     │  └─ extend, every lease/3
 *                     └─ lease over, or the try failed ──▶ claimed by the next, as a takeover
 *
 * The guarantee: what the body of `commit` changed, and the result, are there together or not at all, and once. The
 * mechanism: both are in one transaction that begins by taking the row of the operation, if it is still this holder's:
 * who took it over waits for that transaction, or made it fail. The limit: what work does outside of `commit` is done
 * again by whoever takes it over, unless `onTakeover` finds out what became of it. PostgreSQL decides alone; no store
 * takes part.
 */
import { every, sleep } from '../../core/clock.ts'
import { type Duration, parseDuration } from '../../core/duration.ts'
import { ClosedError, FinalFailure, IdempotencyConflictError, LeaseLostError } from '../../core/errors.ts'
import type { Immutable } from '../../core/immutable.ts'
import { inTime } from '../../core/in-time.ts'
import { SingleFlight } from '../../core/single-flight.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { Truth } from '../../truth.ts'
import { type Claim, claim, extend, finish, giveUp } from './claims.ts'
import type { Known } from './known.ts'

/** One try at an operation. */
export interface Attempt<Value, Session, Changes> {
  /** How often it was tried, this time included: above 1 somebody began it before, and did not end it. */
  readonly attempt: number
  /** Aborts with LeaseLostError when another may do it: stop then. */
  readonly signal: AbortSignal
  /**
   * Ends the operation: what `body` changes and what it returns are committed in one transaction. At most once.
   *
   * @throws what a `write` throws; LeaseLostError when somebody else took the operation over: nothing is changed
   */
  commit(body: (tx: Session, changes: Changes) => Promise<Value>): Promise<Immutable<Value>>
}

/** How to run. */
export interface RunIdempotentOptions<Value, Session, Changes> {
  /** The longest to wait for another one's result. Default: not at all. */
  readonly wait?: Duration
  /**
   * For an operation that somebody began and did not end: finds out what became of it, and ends it if need be. In the
   * place of the work, unless it returns `undefined`: nothing came of it.
   */
  readonly onTakeover?: (attempt: Attempt<Value, Session, Changes>) => Promise<Value | undefined>
}

/** What an operation came to. `replayed`: somebody did it before, or at the same time. */
export interface Ran<Value> {
  readonly result: Immutable<Value>
  readonly replayed: boolean
}

/** What runs stand on. */
export interface RunParts<Value, Session, Changes> {
  readonly context: KeyspaceContext
  readonly truth: Truth<Session>
  readonly ttlMs: number
  readonly leaseMs: number
  readonly write: <Result>(body: (tx: Session, changes: Changes) => Promise<Result>) => Promise<Result>
  /** @throws IdempotencyMismatchError */
  readonly lookUp: (key: string, print: string) => Promise<Known<Value> | undefined>
  /** @throws InvalidValueError, ValueTooLargeError */
  readonly seal: (result: Value) => {
    readonly value: Immutable<Value>
    readonly flag: string
    readonly payload: string
  }
}

/** Work of the caller's, as `run` takes it. */
export type IdempotentWork<Value, Session, Changes> = (
  attempt: Attempt<Value, Session, Changes>,
) => Promise<Value | Immutable<Value>>

const FIRST_LOOK_MS = 20
const LAST_LOOK_MS = 500
const RETRY_AFTER_MS = 1_000
/** No letter of a codec. */
export const FAILED = '!'

/** Does one operation, or gives what it came to. `print` is the digest of its fingerprint. */
type Run<Value, Session, Changes> = (
  key: string,
  print: string,
  work: IdempotentWork<Value, Session, Changes>,
  options?: RunIdempotentOptions<Value, Session, Changes>,
) => Promise<Ran<Value>>

/** Makes `run`. */
export function idempotentRuns<Value, Session, Changes>(
  parts: RunParts<Value, Session, Changes>,
): Run<Value, Session, Changes> {
  const { context, truth, write, lookUp, seal, ttlMs, leaseMs } = parts
  const { clock, random } = context
  type Work = IdempotentWork<Value, Session, Changes>
  type Options = RunIdempotentOptions<Value, Session, Changes>
  /** Operations that are done here, now: those who ask wait for them without a word to PostgreSQL. */
  const running = new Map<string, Promise<unknown>>()
  /** Those of others, that are waited for here: one looks for all. */
  const looking = new Map<string, Promise<unknown>>()
  const lookUps = new SingleFlight<Known<Value> | undefined>()

  const attemptAt = async (
    claimed: Claim,
    attempt: number,
    work: Work,
    { onTakeover }: Options,
  ): Promise<Immutable<Value>> => {
    const { key } = claimed
    const abort = new AbortController()
    const lost = (): LeaseLostError => new LeaseLostError(key, leaseMs)
    const lose = (): void => void (abort.signal.aborted || abort.abort(lost()))
    let committed: { readonly result: Immutable<Value> } | undefined
    let isCommitting = false
    const renewal = every(clock, leaseMs / 3, async () => {
      // The row is locked by our own transaction: nobody can take it, and a renewal would wait for it in vain.
      if (isCommitting) return
      // Without an answer nothing is known: the commit asks again.
      const isOurs = await inTime(clock, leaseMs / 3, extend(truth, truth.session, claimed)).catch(
        () => undefined,
      )
      if (isOurs === false && !committed) lose()
    })
    const own: Attempt<Value, Session, Changes> = {
      attempt,
      signal: abort.signal,
      async commit(body) {
        const ended = await write(async (tx, changes) => {
          if (!(await extend(truth, tx, claimed))) throw lost()
          isCommitting = true
          const { value, flag, payload } = seal(await body(tx, changes))
          if (!(await finish(truth, tx, claimed, { flag, payload }))) throw lost()
          return { result: value }
        }).finally(() => (isCommitting = false))
        committed = ended
        return ended.result
      },
    }
    try {
      let result: Value | Immutable<Value> | undefined
      if (attempt > 1 && onTakeover) result = await onTakeover(own)
      if (result === undefined && !committed) result = await work(own)
      if (committed) return committed.result
      return await own.commit(async () => result as Value)
    } catch (error) {
      // The effect is there: what the work says after it does not undo it.
      if (error instanceof FinalFailure && !committed) {
        const { reason, message } = error
        const payload = JSON.stringify({ reason, message })
        if (!(await finish(truth, truth.session, claimed, { flag: FAILED, payload }))) throw lost()
      } else await inTime(clock, leaseMs / 3, giveUp(truth, claimed)).catch(() => undefined)
      throw error
    } finally {
      renewal.cancel()
    }
  }

  /** Waits for what somebody else does under this key: here, or by looking again and again. */
  const wait = async (
    key: string,
    print: string,
    deadlineMs: number,
    firstMs = FIRST_LOOK_MS,
  ): Promise<void> => {
    const here = running.get(key) ?? looking.get(key)
    const look = async (): Promise<void> => {
      for (let delayMs = firstMs; ; delayMs = longer(delayMs)) {
        await sleep(clock, delayMs * (0.75 + random.float() / 2))
        const known = await lookUp(key, print)
        if (known?.state !== 'running' || (known.leftMs !== undefined && known.leftMs <= 0)) return
        if (clock.now() >= deadlineMs || context.isClosed()) return
      }
    }
    let awaited = here
    if (!awaited) {
      awaited = look().finally(() => looking.delete(key))
      looking.set(key, awaited)
    }
    await inTime(clock, Math.max(0, deadlineMs - clock.now()), awaited.then(ignore, ignore))
  }

  return async function run(
    key: string,
    print: string,
    work: Work,
    options: Options = {},
  ): Promise<Ran<Value>> {
    const deadlineMs = clock.now() + parseDuration(options.wait ?? '0ms', `${context.name}.run.wait`, 0)
    let known: Known<Value> | undefined
    let firstMs = FIRST_LOOK_MS
    for (;;) {
      if (context.isClosed()) throw new ClosedError()
      const isFree = known?.state !== 'running' || (known.leftMs !== undefined && known.leftMs <= 0)
      if (isFree && !running.has(key)) {
        const claimed = { key, print, holder: random.token(), leaseMs }
        // From before it is claimed, so that those who come meanwhile wait for it.
        const mine = claim(truth, claimed, ttlMs).then(async (attempt) =>
          attempt === undefined
            ? undefined
            : { result: await attemptAt(claimed, attempt, work, options), replayed: false },
        )
        running.set(key, mine)
        const ran = await mine.finally(() => running.delete(key))
        if (ran) return ran
        // Its holder may be committing for longer than its lease: each claim in vain is followed by a longer pause.
        firstMs = longer(firstMs)
      }
      const isOver = clock.now() >= deadlineMs
      if (running.has(key) && !isOver) await wait(key, print, deadlineMs)
      known = await lookUps.join(`${print} ${key}`, () => lookUp(key, print))
      if (known?.state === 'failed') throw new FinalFailure(known.reason, known.message, true)
      if (known?.state === 'done') return { result: known.result, replayed: true }
      if (isOver) {
        const leftMs = known?.leftMs ?? RETRY_AFTER_MS
        throw new IdempotencyConflictError(key, Math.max(1, Math.ceil(leftMs)))
      }
      if (known) await wait(key, print, deadlineMs, firstMs)
    }
  }
}

function longer(delayMs: number): number {
  return Math.min(delayMs * 1.5, LAST_LOOK_MS)
}

function ignore(): void {}
