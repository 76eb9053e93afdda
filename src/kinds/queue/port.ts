/** What a backend must know of a queue. */
export interface QueueRules {
  readonly attempts: number
  /** Jobs that one worker has at once. */
  readonly concurrency: number
  readonly leaseMs: number
  readonly rate: { readonly max: number; readonly perMs: number } | undefined
  readonly keepDoneMs: number
  readonly keepDeadMs: number
  readonly mostKept: number
}

/** A job that is added. Texts are opaque to backends. */
export interface NewJob {
  /** Known ids are not added again. */
  readonly id: string
  readonly payload: string
  readonly delayMs: number
  /** 0 comes first, 1,000 last. */
  readonly priority: number
}

/** Whether a job may belong to another worker by now. */
export interface Loss {
  readonly isLost: boolean
  /** Calls `listener` with the reason, at once when it is so already. There is one: another takes its place. */
  whenLost(listener: ((reason: unknown) => void) | undefined): void
}

/** One attempt at a job. */
export interface Attempt {
  readonly id: string
  readonly payload: string
  /** 1 at first. Above the attempts that are allowed: those before ended with their process. */
  readonly number: number
  /** When the job may belong to another worker. */
  readonly lost: Loss
  /** Keeps a text that anybody can read with the job. */
  report(progress: string): Promise<void>
}

/** What an attempt came to. */
export type Outcome =
  | { readonly state: 'done'; readonly result: string }
  | { readonly state: 'again'; readonly reason: string; readonly delayMs: number }
  | { readonly state: 'dead'; readonly reason: string }

/** What is done with each job that a worker takes. Never rejects. */
export type Perform = (attempt: Attempt) => Promise<Outcome>

/**
 * Where a job is. `waiting`: for a worker. `delayed`: for its time, or its next attempt. `active`: with a worker.
 * `done`, and `dead`: no attempt is left.
 */
export type JobState = 'waiting' | 'delayed' | 'active' | 'done' | 'dead'

/** How many jobs are in each state. */
export type JobCounts = Readonly<Record<JobState, number>>

/** A job as the backend keeps it. */
export interface StoredJob {
  readonly id: string
  readonly state: JobState
  readonly payload: string
  /** Attempts that began. */
  readonly attempts: number
  readonly progress: string | undefined
  readonly result: string | undefined
  /** Of the last attempt that failed. */
  readonly reason: string | undefined
  /** Since 1970, on the clock of who added it or of the database. */
  readonly addedMs: number
}

/** A worker of one process. */
export interface BackendWorker {
  /** Takes no more, and resolves when what it has is done. */
  drain(): Promise<void>
  /** Lets go at once: what it has comes back when its lease is over. */
  abandon(): Promise<void>
}

/**
 * Where the jobs of one queue are kept. A job that was taken is its worker's until the lease is over, which the
 * worker renews; only then, and with an attempt more on its count, another one gets it. The outcome of an attempt
 * whose job was taken by another since is not stored.
 */
export interface QueueBackend {
  /** For people: `memory`, `postgres`, `bullmq`. */
  readonly name: string
  /** Once, before anything else. */
  start(): Promise<void>
  /** All of them, or rejects; those with a known id are left as they are. */
  add(jobs: readonly NewJob[]): Promise<void>
  /** `onError` hears of what fails meanwhile; the worker goes on. */
  work(perform: Perform, onError: (error: unknown) => void): BackendWorker
  find(id: string): Promise<StoredJob | undefined>
  counts(): Promise<JobCounts>
  /** Dead jobs, the latest first. */
  dead(most: number): Promise<readonly StoredJob[]>
  /** A dead job waits again, with all its attempts. False for one that is not dead. */
  redrive(id: string): Promise<boolean>
  /** Forgets a job that is not active. False for one that is, or is not known. */
  remove(id: string): Promise<boolean>
  close(): Promise<void>
}

/** Makes the backend of one queue, by its key. */
export type QueueBackends = (key: string, rules: QueueRules) => QueueBackend
