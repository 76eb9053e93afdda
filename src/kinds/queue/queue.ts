/**
 * A queue in use: jobs that are done at least once.
 *
 *   added ──▶ waiting ──▶ active ──▶ done
 *               ▲  ▲         │
 *               │  └─ again ─┤ failed, or its worker fell silent
 *               └── redrive ─┴──▶ dead, when no attempt is left
 *
 * A job is acknowledged when its result is stored, never before. Its process may die in between, so a job may be done
 * twice; `once` makes its effect in the truth happen once. When Redis lost its data, jobs that were added to it alone
 * are lost with it.
 */
import { type Duration, parseDuration } from '../../core/duration.ts'
import { ClosedError, DeclarationError, InvalidValueError, JobRefusedError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { OutboxMessage, Outlet } from '../../outbox/message.ts'
import type { Truth } from '../../truth.ts'
import { withinLimits } from './attempt.ts'
import { backoffMs, type QueueKeyspace } from './declare.ts'
import { type Once, once, prepareEffects, sweepEffects } from './once.ts'
import { decodePayload, encodePayload } from './payload.ts'
import type { Attempt, JobCounts, JobState, NewJob, Outcome, QueueBackend, StoredJob } from './port.ts'
import { openWorker, type QueueWorker } from './worker.ts'

/** How a job is added. */
export interface AddOptions {
  /** A job whose id is known already, waiting, done or dead, is not added again. Left out: a new one. */
  readonly id?: string
  /** Not before this long from now. */
  readonly delay?: Duration
  /** 0, the default, comes first; 1,000 last. */
  readonly priority?: number
}

/** What a handler gets with its job. */
export interface JobContext {
  readonly id: string
  /** 1 at first. */
  readonly attempt: number
  /** Aborts after the soft limit, when the job may belong to another worker, and when the worker is closed. */
  readonly signal: AbortSignal
  /** Keeps a short text with the job, for whoever asks. */
  report(progress: string): Promise<void>
}

/** Does one job. What it throws fails the attempt; JobRefusedError fails the job. */
export type JobHandler<Job, Result> = (job: Job, context: JobContext) => Promise<Result>

/** A job as anybody can see it. */
export interface JobView<Job, Result> {
  readonly id: string
  readonly state: JobState
  readonly attempts: number
  readonly addedMs: number
  /** Undefined when the queue's schema refuses it by now. */
  readonly job: Job | undefined
  readonly progress: string | undefined
  readonly result: Result | undefined
  /** Why the last attempt that failed did. */
  readonly reason: string | undefined
}

/** A queue in use. Every method may reject with ClosedError and as any call to the store does. */
export interface Queue<Job, Result, Session> {
  /** Its id. @throws InvalidValueError, ValueTooLargeError; DeclarationError for an option that is none */
  add(job: Job, options?: AddOptions): Promise<string>
  /** All of them, in one round trip where the backend can. Fails as `add` does, before anything is added. */
  addMany(jobs: readonly { readonly job: Job; readonly options?: AddOptions }[]): Promise<readonly string[]>
  /** Does jobs in this process, `concurrency` of them at once, until it is drained or the state closed. */
  process(handler: JobHandler<Job, Result>): QueueWorker
  find(id: string): Promise<JobView<Job, Result> | undefined>
  counts(): Promise<JobCounts>
  /** Jobs that no attempt is left for, the latest first. */
  dead(options?: { readonly most?: number }): Promise<readonly JobView<Job, Result>[]>
  /** A dead job waits again, with all its attempts. False for one that is not dead. */
  redrive(id: string): Promise<boolean>
  /** Forgets a job that is not active. False for one that is, or is not known. */
  remove(id: string): Promise<boolean>
  /**
   * Runs `work` in the transaction `tx`, unless it ran for this job in one that committed: however often the job is
   * done, its effect is there once.
   *
   * @throws DeclarationError without a truth
   */
  once<Returned>(tx: Session, jobId: string, work: () => Promise<Returned>): Promise<Once<Returned>>
  /** Forgets that jobs of `once` ran that are older than this. How many there were. */
  sweepOnce(olderThan: Duration): Promise<number>
}

/** The longest id of a job, in UTF-16 units. */
const LONGEST_ID = 256
/** The longest text that is kept of a reason or a progress. */
const LONGEST_TEXT = 2_000
const MOST_AT_ONCE = 10_000

/** A queue in use, and what its state does for it. */
export interface OpenedQueue<Job, Result, Session> {
  readonly member: Queue<Job, Result, Session>
  /** Takes the jobs that writes enqueued. */
  readonly outlet: Outlet
  start(): Promise<void>
  close(): Promise<void>
}

/** Opens a declared queue on its backend, and on the truth if there is one; `namespace` is for the rows there. */
export function openQueue<Job, Result, Session>(
  context: KeyspaceContext,
  keyspace: QueueKeyspace<Job, Result>,
  backend: QueueBackend,
  truth: Truth<Session> | undefined,
  namespace: string,
): OpenedQueue<Job, Result, Session> {
  const { name, clock, random, state } = context
  const { rules, maxValueBytes } = keyspace
  const key = keyspace.pattern.literalPrefix
  const workers = new Set<QueueWorker>()
  const failed = (operation: string, error: unknown): void => {
    if (signals.storeFailure.hasSubscribers)
      signals.storeFailure.publish({ state, keyspace: name, operation, error })
  }
  const assertOpen = (): void => {
    if (context.isClosed()) throw new ClosedError()
  }
  const idOf = (id: string): string => {
    if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID || !isPlain(id))
      throw new DeclarationError(`${name}.id`, `is no text of 1 to ${LONGEST_ID} characters without controls`)
    return id
  }
  const newJob = (job: Job, options: AddOptions = {}): NewJob => {
    const { id = random.token(), delay, priority = 0 } = options
    if (!Number.isInteger(priority) || priority < 0 || priority > 1_000)
      throw new DeclarationError(`${name}.add.priority`, `${priority} is no whole number from 0 to 1000`)
    return {
      id: idOf(id),
      payload: encodePayload(name, keyspace.job, job, maxValueBytes),
      delayMs: delay === undefined ? 0 : parseDuration(delay, `${name}.add.delay`, 0),
      priority,
    }
  }
  const view = (stored: StoredJob): JobView<Job, Result> => {
    const job = decodePayload(keyspace.job, stored.payload)
    const result = stored.result === undefined ? undefined : decodePayload(keyspace.result, stored.result)
    return {
      id: stored.id,
      state: stored.state,
      attempts: stored.attempts,
      addedMs: stored.addedMs,
      job: 'value' in job ? job.value : undefined,
      progress: stored.progress,
      result: result && 'value' in result ? result.value : undefined,
      reason: stored.reason,
    }
  }

  const perform = async (handler: JobHandler<Job, Result>, attempt: Attempt): Promise<Outcome> => {
    const { id, number, lost } = attempt
    const startedMs = clock.now()
    const tell = (outcome: Outcome, error?: unknown): Outcome => {
      if (signals.job.hasSubscribers)
        signals.job.publish({
          state,
          keyspace: name,
          id,
          attempt: number,
          outcome: outcome.state,
          durationMs: clock.now() - startedMs,
          ...(error !== undefined && { error }),
        })
      return outcome
    }
    if (number > rules.attempts)
      return tell({ state: 'dead', reason: `the process of its last attempt, the ${number - 1}th, ended` })
    const job = decodePayload(keyspace.job, attempt.payload)
    if ('problem' in job) return tell({ state: 'dead', reason: `not a job of this queue: ${job.problem}` })
    try {
      const result = await withinLimits(clock, `${name} ${id}`, keyspace, lost, (stop) =>
        handler(job.value, {
          id,
          attempt: number,
          get signal() {
            return stop.signal
          },
          report: (progress) => attempt.report(progress.slice(0, LONGEST_TEXT)),
        }),
      )
      return tell({ state: 'done', result: encodePayload(name, keyspace.result, result, maxValueBytes) })
    } catch (error) {
      const reason = (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
        .replaceAll('\0', '')
        .slice(0, LONGEST_TEXT)
      const isLast = number >= rules.attempts || isFinal(error)
      return tell(
        isLast
          ? { state: 'dead', reason }
          : { state: 'again', reason, delayMs: backoffMs(keyspace.backoff, number, random.float()) },
        error,
      )
    }
  }

  const member: Queue<Job, Result, Session> = {
    async add(job, options) {
      assertOpen()
      const added = newJob(job, options)
      await backend.add([added])
      return added.id
    },
    async addMany(jobs) {
      assertOpen()
      if (jobs.length > MOST_AT_ONCE)
        throw new DeclarationError(`${name}.addMany`, `takes at most ${MOST_AT_ONCE} jobs: split them`)
      const added = jobs.map(({ job, options }) => newJob(job, options))
      if (added.length > 0) await backend.add(added)
      return added.map(({ id }) => id)
    },
    process(handler) {
      assertOpen()
      const inner = backend.work(
        (attempt) => perform(handler, attempt),
        (error) => failed('process', error),
      )
      const worker = openWorker(clock, inner, () => workers.delete(worker))
      workers.add(worker)
      return worker
    },
    async find(id) {
      assertOpen()
      const stored = await backend.find(idOf(id))
      return stored && view(stored)
    },
    async counts() {
      assertOpen()
      return backend.counts()
    },
    async dead({ most = 100 } = {}) {
      assertOpen()
      if (!Number.isInteger(most) || most < 1 || most > MOST_AT_ONCE)
        throw new DeclarationError(
          `${name}.dead.most`,
          `${most} is no whole number from 1 to ${MOST_AT_ONCE}`,
        )
      return (await backend.dead(most)).map(view)
    },
    async redrive(id) {
      assertOpen()
      return backend.redrive(idOf(id))
    },
    async remove(id) {
      assertOpen()
      return backend.remove(idOf(id))
    },
    async once(tx, jobId, work) {
      assertOpen()
      return once(ofTruth(), tx, `${namespace}:${key}`, idOf(jobId), work)
    },
    async sweepOnce(olderThan) {
      assertOpen()
      return sweepEffects(
        ofTruth(),
        `${namespace}:${key}`,
        parseDuration(olderThan, `${name}.sweepOnce`, 60_000),
      )
    },
  }
  const ofTruth = (): Truth<Session> => {
    if (truth) return truth
    throw new DeclarationError(name, 'once keeps its rows in PostgreSQL: give open a truth')
  }
  const outlet: Outlet = {
    kind: 'queue',
    name: key,
    message(_id, job, options = {}): OutboxMessage {
      const { id: event, ...rest } = newJob(job as Job, options)
      const payload = JSON.stringify([event, rest.payload, rest.delayMs, rest.priority])
      // Jobs of one id stay in order; the others need none.
      return { kind: 'queue', name: key, key: event, event: random.token(), payload }
    },
    async deliver(messages) {
      // A job that came before is known by its id.
      await backend.add(
        messages.map((message) => {
          const [id, payload, delayMs, priority] = JSON.parse(message.payload) as [
            string,
            string,
            number,
            number,
          ]
          return { id, payload, delayMs, priority }
        }),
      )
      return []
    },
  }
  return {
    member,
    outlet,
    async start() {
      if (truth) await prepareEffects(truth)
      await backend.start()
    },
    async close() {
      await Promise.allSettled([...workers].map((worker) => worker.abandon()))
      await backend.close()
    },
  }
}

/** Another attempt would come to the same. */
function isFinal(error: unknown): boolean {
  return error instanceof JobRefusedError || error instanceof InvalidValueError
}

function isPlain(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text)
}
