import type { JobCounts, NewJob, Outcome, StoredJob } from './port.ts'

/** A job that a worker took. */
export interface TakenJob {
  readonly id: string
  readonly payload: string
  readonly attempt: number
}

/** Rows of jobs, as memory and PostgreSQL keep them. `token` names a worker; time is the table's own. */
export interface JobTable {
  start(): Promise<void>
  insert(jobs: readonly NewJob[]): Promise<void>
  /** At most `most` that are due, or whose lease is over, by priority and age. */
  take(most: number, token: string): Promise<readonly TakenJob[]>
  /** Renews leases; the ids that are still the worker's. */
  extend(jobs: readonly TakenJob[], token: string): Promise<readonly string[]>
  /** Does nothing for a job that another worker took since. */
  finish(job: TakenJob, token: string, outcome: Outcome): Promise<void>
  report(id: string, token: string, attempt: number, progress: string): Promise<void>
  find(id: string): Promise<StoredJob | undefined>
  counts(): Promise<JobCounts>
  dead(most: number): Promise<readonly StoredJob[]>
  redrive(id: string): Promise<boolean>
  remove(id: string): Promise<boolean>
  /** Forgets done and dead jobs that are over, or too many. */
  sweep(): Promise<void>
}
