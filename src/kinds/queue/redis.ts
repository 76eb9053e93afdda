/**
 * Jobs in Redis, by BullMQ 6. It is loaded when a queue is declared, and not before. Its keys begin with
 * `namespace:queue:key:`; they carry no hash tag, for BullMQ's adapter to this client knows no Cluster.
 *
 * What BullMQ counts and what a queue promises differ in one place: an attempt whose process died counts here. So the
 * attempts that began decide, and not those that ended.
 */
import { createClient } from '@redis/client'
import type * as BullMQ from 'bullmq'
import type { Job, JobsOptions, Queue, Worker } from 'bullmq'
import type { Clock } from '../../core/clock.ts'
import { DeclarationError, StoreTimeoutError, StoreUnavailableError } from '../../core/errors.ts'
import { inTime } from '../../core/in-time.ts'
import { createLoss, type Losable } from './loss.ts'
import type {
  BackendWorker,
  JobState,
  NewJob,
  Perform,
  QueueBackend,
  QueueBackends,
  QueueRules,
  StoredJob,
} from './port.ts'

/** Which Redis, and how long to wait for it. */
export interface BullOptions {
  readonly url: string
  readonly namespace: string
  readonly commandTimeoutMs: number
  readonly connectTimeoutMs: number
}

type BullJob = Job<string, string, 'job'>
type BullQueue = Queue<string, string, 'job'>

const MOST_PENDING = 100_000
const BLOCKED_S = 2
/** Without Redis BullMQ would wait for it to say goodbye. */
const CLOSE_LIMIT_MS = 1_000
const DONE = Symbol('done')

const STATES: Readonly<Record<string, JobState>> = {
  waiting: 'waiting',
  prioritized: 'waiting',
  delayed: 'delayed',
  active: 'active',
  completed: 'done',
  failed: 'dead',
}

/** What BullMQ has a script of its own for. */
const SORTS: readonly ((job: NewJob) => boolean)[] = [
  ({ delayMs }) => delayMs > 0,
  ({ delayMs, priority }) => delayMs === 0 && priority > 0,
  ({ delayMs, priority }) => delayMs === 0 && priority === 0,
]

/** Queues on the Redis at `url`. */
export function bullQueues(options: BullOptions, clock: Clock): QueueBackends {
  return (key, rules) => new BullBackend(options, clock, key, rules)
}

class BullBackend implements QueueBackend {
  readonly name = 'bullmq'
  readonly #options: BullOptions
  readonly #clock: Clock
  readonly #key: string
  readonly #rules: QueueRules
  readonly #prefix: string
  readonly #client: ReturnType<typeof createClient>
  #lastError: unknown
  #bull: typeof BullMQ | undefined
  #queue: BullQueue | undefined

  constructor(options: BullOptions, clock: Clock, key: string, rules: QueueRules) {
    this.#options = options
    this.#clock = clock
    // BullMQ takes no colons in a name. No key has a percent sign, so no two become one.
    this.#key = key.replaceAll('.', '%2E').replaceAll(':', '.')
    this.#rules = rules
    this.#prefix = `${options.namespace}:queue`
    this.#client = createClient({
      url: options.url,
      name: `holdfast:${options.namespace}:queue`,
      RESP: 2,
      disableOfflineQueue: true,
      commandsQueueMaxLength: MOST_PENDING,
      // The client's own timeout makes an AbortSignal per command, and would end the blocking ones.
      commandOptions: { timeout: 0 },
      maintNotifications: 'disabled',
      socket: { reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, 2_000) },
    }) as unknown as ReturnType<typeof createClient>
    this.#client.on('error', (error) => void (this.#lastError = error))
  }

  async start(): Promise<void> {
    try {
      this.#bull = await import('bullmq')
    } catch (error) {
      throw new DeclarationError(
        this.#key,
        `is a queue on Redis, which needs BullMQ: npm install bullmq@6.7.0 (${(error as Error).message})`,
      )
    }
    const connected = this.#client.connect().then(() => DONE)
    if ((await inTime(this.#clock, this.#options.connectTimeoutMs, connected)) !== DONE) {
      this.#client.destroy()
      throw new StoreUnavailableError(`queue ${this.#key}: cannot connect to Redis in time`, this.#lastError)
    }
    const memory = await this.#client.info('memory')
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction'
    if (policy.startsWith('allkeys-'))
      throw new StoreUnavailableError(
        `queue ${this.#key}: the maxmemory-policy ${policy} of this Redis evicts jobs: set noeviction`,
      )
    this.#queue = new this.#bull.Queue(this.#key, { ...this.#shared(), skipWaitingForReady: true })
    this.#queue.on('error', (error) => void (this.#lastError = error))
    await this.#asked('queue.start', () => this.#ours().waitUntilReady())
  }

  async add(jobs: readonly NewJob[]): Promise<void> {
    const [first] = jobs
    if (!first) return
    await this.#asked('queue.add', async () => {
      if (jobs.length === 1) return this.#addOne(first)
      try {
        await this.#addBulk(jobs)
      } catch (error) {
        if (!isScriptMissing(error)) throw error
        // Redis was restarted, and knows no scripts. A job that is added alone takes its script along.
        for (const isOfSort of SORTS) {
          const one = jobs.find(isOfSort)
          if (one) await this.#addOne(one)
        }
        await this.#addBulk(jobs)
      }
    })
  }

  async #addOne(job: NewJob): Promise<void> {
    await this.#ours().add('job', job.payload, this.#jobOptions(job))
  }

  async #addBulk(jobs: readonly NewJob[]): Promise<void> {
    await this.#ours().addBulk(
      jobs.map((job) => ({ name: 'job', data: job.payload, opts: this.#jobOptions(job) })),
    )
  }

  work(perform: Perform, onError: (error: unknown) => void): BackendWorker {
    const { leaseMs, concurrency, rate, attempts, keepDoneMs, keepDeadMs, mostKept } = this.#rules
    const { UnrecoverableError, Worker: BullWorker } = this.#loaded()
    const clock = this.#clock
    const lost = new Map<string, Losable>()
    const process = async (job: BullJob): Promise<string> => {
      const bullId = String(job.id)
      const mine = createLoss()
      lost.set(bullId, mine)
      try {
        const outcome = await perform({
          id: ownId(bullId),
          payload: job.data,
          number: job.attemptsStarted,
          lost: mine,
          report: (progress) => this.#asked('queue.report', () => job.updateProgress(progress)),
        })
        if (outcome.state === 'done') return outcome.result
        if (outcome.state === 'dead') throw new UnrecoverableError(outcome.reason)
        throw new AgainError(outcome.reason, outcome.delayMs)
      } finally {
        if (lost.get(bullId) === mine) lost.delete(bullId)
      }
    }
    const worker: Worker<string, string, 'job'> = new BullWorker(this.#key, process, {
      ...this.#shared(),
      concurrency,
      lockDuration: leaseMs,
      lockRenewTime: leaseMs / 3,
      stalledInterval: Math.max(100, leaseMs / 2),
      // The attempts that began are counted here; this counts only those whose process died.
      maxStalledCount: attempts,
      removeOnComplete: { age: Math.ceil(keepDoneMs / 1_000), count: mostKept },
      removeOnFail: { age: Math.ceil(keepDeadMs / 1_000), count: mostKept },
      drainDelay: BLOCKED_S,
      runRetryDelay: 1_000,
      ...(rate && { limiter: { max: rate.max, duration: rate.perMs } }),
      settings: {
        backoffStrategy: (_made, _type, error) => (error instanceof AgainError ? error.delayMs : 0),
      },
    })
    worker.on('error', onError)
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) lost.get(id)?.lose(new Error('the lease of this job ended'))
    })
    return {
      drain: () => worker.close(),
      async abandon() {
        for (const one of lost.values()) one.lose(new Error('the worker was closed'))
        await inTime(clock, CLOSE_LIMIT_MS, worker.close(true))
      },
    }
  }

  async find(id: string): Promise<StoredJob | undefined> {
    const job = await this.#asked('queue.find', () => this.#ours().getJob(bullIdOf(id)))
    if (!job) return undefined
    const state = await this.#asked('queue.find', () => job.getState())
    return STATES[state] && seen(job, STATES[state])
  }

  async counts(): Promise<Readonly<Record<JobState, number>>> {
    const counts: Record<JobState, number> = { waiting: 0, delayed: 0, active: 0, done: 0, dead: 0 }
    const found = await this.#asked('queue.counts', () =>
      this.#ours().getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed'),
    )
    for (const [state, many] of Object.entries(found)) {
      const ours = STATES[state === 'wait' ? 'waiting' : state]
      if (ours) counts[ours] += many
    }
    return counts
  }

  async dead(most: number): Promise<readonly StoredJob[]> {
    const jobs = await this.#asked('queue.dead', () => this.#ours().getFailed(0, most - 1))
    return jobs.map((job) => seen(job, 'dead'))
  }

  async redrive(id: string): Promise<boolean> {
    return this.#asked('queue.redrive', async () => {
      const job = await this.#ours().getJob(bullIdOf(id))
      if (!job || (await job.getState()) !== 'failed') return false
      try {
        await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
        return true
      } catch (error) {
        // Somebody else was faster.
        if ((await job.getState()) !== 'failed') return false
        throw error
      }
    })
  }

  async remove(id: string): Promise<boolean> {
    return this.#asked('queue.remove', async () => {
      const job = await this.#ours().getJob(bullIdOf(id))
      if (!job || (await job.getState()) === 'active') return false
      await job.remove()
      return true
    })
  }

  async close(): Promise<void> {
    if (this.#queue) await inTime(this.#clock, CLOSE_LIMIT_MS, this.#queue.close())
    if (this.#client.isOpen) this.#client.destroy()
  }

  #shared(): { connection: never; prefix: string; skipVersionCheck: true } {
    // Its types ask for the client of another major version; it looks at what the client can do.
    return { connection: this.#client as never, prefix: this.#prefix, skipVersionCheck: true }
  }

  /** Kept with each job: what is the same for all is said by the worker. */
  #jobOptions({ id, delayMs, priority }: NewJob): JobsOptions {
    return {
      jobId: bullIdOf(id),
      ...(delayMs > 0 && { delay: delayMs }),
      ...(priority > 0 && { priority }),
      attempts: this.#rules.attempts,
      backoff: { type: 'holdfast' },
      stackTraceLimit: 1,
    }
  }

  #loaded(): typeof BullMQ {
    if (!this.#bull) throw new StoreUnavailableError(`queue ${this.#key} was not started`)
    return this.#bull
  }

  #ours(): BullQueue {
    if (!this.#queue) throw new StoreUnavailableError(`queue ${this.#key} was not started`)
    return this.#queue
  }

  /** The answer to `ask`, within the deadline of commands. */
  async #asked<Answer>(operation: string, ask: () => Promise<Answer>): Promise<Answer> {
    const limitMs = this.#options.commandTimeoutMs
    if (!this.#client.isReady)
      throw new StoreUnavailableError(`${operation}: no connection to Redis`, this.#lastError)
    let asked: { readonly answer: Answer } | undefined
    try {
      const answering = ask().then((answer) => ({ answer }))
      answering.catch(() => undefined)
      asked = await inTime(this.#clock, limitMs, answering)
    } catch (error) {
      if (this.#client.isReady) throw error
      throw new StoreUnavailableError(`${operation}: the connection to Redis was lost`, error)
    }
    if (!asked) throw new StoreTimeoutError(operation, limitMs)
    return asked.answer
  }
}

/** Makes BullMQ try again after a wait that was chosen already. */
class AgainError extends Error {
  readonly delayMs: number

  constructor(reason: string, delayMs: number) {
    super(reason)
    this.delayMs = delayMs
  }
}

/** Whether a transaction failed because Redis does not know a script of it. */
function isScriptMissing(error: unknown): boolean {
  const { replies } = error as { replies?: unknown }
  return (
    Array.isArray(replies) &&
    replies.some((reply) => reply instanceof Error && reply.message.startsWith('NOSCRIPT'))
  )
}

/** BullMQ takes neither numbers nor colons for an id. */
function bullIdOf(id: string): string {
  return `j${encodeURIComponent(id)}`
}

function ownId(bullId: string): string {
  return decodeURIComponent(bullId.slice(1))
}

function seen(job: BullJob, state: JobState): StoredJob {
  return {
    id: ownId(String(job.id)),
    state,
    payload: job.data,
    attempts: job.attemptsStarted,
    progress: typeof job.progress === 'string' ? job.progress : undefined,
    result: typeof job.returnvalue === 'string' ? job.returnvalue : undefined,
    reason: job.failedReason,
    addedMs: job.timestamp,
  }
}
