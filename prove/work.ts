import { setTimeout as wait } from 'node:timers/promises'
import { HoldfastError, WriteUnknownError } from 'holdfast'
import { type Account, groupKey, OPENING_AMOUNT } from './bank.ts'
import type { Client } from './client.ts'
import type { WorkerOrder } from './messages.ts'
import type { OperationLog } from './operation-log.ts'

/** The world of a worker. */
export interface Surroundings {
  /** Nanoseconds of the host's monotonic clock. */
  now(): number
  /** Tells all others that a key has just changed, or was seen to have changed. */
  tell(key: number): void
  /** Money was made or lost. */
  money(problem: string): void
}

/** Writers of all processes turn to another group so often: a few keys are fought over, the others calm. */
const HOT_FOR_NS = 1e9
const MOST_CHASES = 16
/** Of the reads that PostgreSQL answered, how many are told to all others. */
const TELL_SHARE = 0.05
/** Of the reads, how many are of all accounts at once. Any one that is fenced makes it a load of all. */
const ALL_SHARE = 0.003
/** A writer waits for reads for so long at most. */
const MOST_WRITE_REST_MS = 10_000

/** Reads and writes until told to rest. */
export class Work {
  readonly errors: Record<string, number> = {}
  readonly #client: Client
  readonly #order: WorkerOrder
  readonly #log: OperationLog
  readonly #around: Surroundings
  readonly #loops: Promise<void>[] = []
  #isResting = false
  #attempts = 0
  #chasing = 0
  #reads = 0
  #longestReadMs = 0
  /** Reads right after a change: all of them, and those that the store answered. */
  readonly chased = { chases: 0, chaseHits: 0 }

  constructor(client: Client, order: WorkerOrder, log: OperationLog, around: Surroundings) {
    this.#client = client
    this.#order = order
    this.#log = log
    this.#around = around
  }

  begin(): void {
    const { readers, writers, readRestMs, writeRestMs, readsPerWrite } = this.#order.load
    const readRest = (): Promise<void> => wait(Math.random() * readRestMs)
    const writeRest = (): Promise<void> => this.#writeRest(writeRestMs, readsPerWrite * writers)
    const loops = [
      ...Array.from({ length: readers }, () => this.#loop(() => this.#readSomething(), readRest)),
      ...Array.from({ length: writers }, () => this.#loop(() => this.#change(), writeRest)),
    ]
    this.#loops.push(...loops)
  }

  /** Resolves when the last call has ended. */
  async rest(): Promise<void> {
    this.#isResting = true
    await Promise.all(this.#loops)
  }

  /** Somebody has changed `key`: reads it at once. */
  chase(key: number): void {
    if (this.#isResting || this.#chasing >= MOST_CHASES) return
    this.#chasing++
    void this.#counted(this.#chase(key)).finally(() => this.#chasing--)
  }

  async #chase(key: number): Promise<void> {
    const { groups, size } = this.#order.shape
    const accounts = groups * size
    const tier = await (key < accounts ? this.#readAccount(key, false) : this.#readGroup(key - accounts))
    this.chased.chases++
    if (tier === 'l2') this.chased.chaseHits++
  }

  /** The longest read since the last call, ms. */
  takeLongestRead(): number {
    const longest = this.#longestReadMs
    this.#longestReadMs = 0
    return longest
  }

  async #loop(step: () => Promise<unknown>, rest: () => Promise<void>): Promise<void> {
    while (!this.#isResting) {
      await this.#counted(step())
      await rest()
    }
  }

  async #writeRest(restMs: number, reads: number): Promise<void> {
    const endMs = performance.now() + MOST_WRITE_REST_MS
    const enough = this.#reads + Math.random() * 2 * reads
    await wait(Math.random() * restMs)
    while (!this.#isResting && this.#reads < enough && performance.now() < endMs) await wait(10)
  }

  /** Calls may fail, and say why; what they say must be true. */
  async #counted(call: Promise<unknown>): Promise<void> {
    await call.catch((error: unknown) => {
      const code = error instanceof HoldfastError ? error.code : 'database'
      this.errors[code] = (this.errors[code] ?? 0) + 1
    })
  }

  async #readSomething(): Promise<unknown> {
    const { groups, size } = this.#order.shape
    const dice = Math.random()
    if (dice < 0.65) return this.#readAccount(some(groups * size), true)
    if (dice < 0.75) return this.#readGroup(some(groups))
    const group = some(groups)
    if (dice < 1 - ALL_SHARE)
      return this.#readAccounts(Array.from({ length: size }, (_, n) => group * size + n))
    return this.#readAccounts(Array.from({ length: groups * size }, (_, id) => id))
  }

  async #readAccount(id: number, mayTell: boolean): Promise<string> {
    this.#reads++
    const start = this.#around.now()
    const { value, tier } = await this.#client.account(id)
    const end = this.#around.now()
    this.#took(start, end)
    this.#saw(id, value, start, end)
    // What one has seen, nobody may miss: whoever asked PostgreSQL tells the others to look.
    if (mayTell && tier === 'source' && Math.random() < TELL_SHARE) this.#around.tell(id)
    return tier
  }

  async #readGroup(id: number): Promise<string> {
    const { shape } = this.#order
    this.#reads++
    const start = this.#around.now()
    const { value, tier } = await this.#client.group(id)
    const end = this.#around.now()
    this.#took(start, end)
    this.#log.add('read', groupKey(shape, id), value?.version ?? 0, 0, start, end)
    if (value?.total !== String(shape.size * OPENING_AMOUNT))
      this.#around.money(`group ${id} holds ${value?.total}`)
    return tier
  }

  async #readAccounts(ids: readonly number[]): Promise<void> {
    this.#reads++
    const start = this.#around.now()
    const accounts = await this.#client.accounts(ids)
    const end = this.#around.now()
    let sum = 0n
    this.#took(start, end)
    ids.forEach((id, index) => {
      const account = accounts[index] ?? null
      this.#saw(id, account, start, end)
      sum += BigInt(account?.amount ?? 0)
    })
    if (sum !== BigInt(ids.length * OPENING_AMOUNT))
      this.#around.money(`accounts ${ids.join(' ')} hold ${sum}: ${JSON.stringify(accounts)}`)
  }

  #saw(id: number, account: Account | null, start: number, end: number): void {
    this.#log.add('read', id, account?.version ?? 0, account?.attempt ?? 0, start, end)
    if (!account) this.#around.money(`account ${id} is missing`)
    else if (BigInt(account.amount) < 0n) this.#around.money(`account ${id} holds ${account.amount}`)
  }

  #took(start: number, end: number): void {
    this.#longestReadMs = Math.max(this.#longestReadMs, (end - start) / 1e6)
  }

  /** Moves money between two accounts of a group. Some give up in the end, or swallow an error of theirs. */
  async #change(): Promise<void> {
    const { shape, incarnation, load } = this.#order
    const { groups, size } = shape
    const attempt = (incarnation % 4_096) * 2 ** 20 + ++this.#attempts
    const group = Math.floor(this.#around.now() / HOT_FOR_NS) % groups
    const from = some(size)
    const to = (from + 1 + some(size - 1)) % size
    const accounts = [group * size + from, group * size + to].toSorted((a, b) => a - b)
    const amount = BigInt(some(50)) * (from < to ? 1n : -1n)
    const course = Math.random()
    let versions: number[] = []
    let bound: number | undefined
    const start = this.#around.now()
    const add = (kind: 'write' | 'unknown' | 'rolled back'): void => {
      const end = this.#around.now()
      accounts.forEach((id, index) => this.#log.add(kind, id, versions[index] ?? 0, attempt, start, end))
      if (kind === 'write' && bound !== undefined)
        this.#log.add('bound', groupKey(shape, group), bound, 0, start, end)
    }
    try {
      await this.#client.write({
        accounts,
        groups: [group],
        how: Math.random() < 0.6 ? 'put' : 'touch',
        isolation: course > 0.9 ? 'repeatable read' : course > 0.85 ? 'serializable' : undefined,
        ack: course > 0.7 && course < 0.8 ? 'commit' : 'settled',
        body: async (tx) => {
          versions = []
          if (course < 0.1) await tx.query('SAVEPOINT s')
          for (const [index, id] of accounts.entries()) {
            const { rows } = await tx.query<{ version: number }>(
              `WITH changed AS (
                 UPDATE account SET amount = amount + $2, version = version + 1, attempt = $3
                 WHERE id = $1 RETURNING id, version)
               INSERT INTO audit SELECT id, version, $3 FROM changed RETURNING version`,
              [id, String(index === 0 ? -amount : amount), attempt],
            )
            versions.push(rows[0]?.version ?? -1)
          }
          const { rows } = await tx.query<{ version: number; least: string }>(
            'SELECT sum(version)::int AS version, min(amount)::text AS least FROM account WHERE grp = $1',
            [group],
          )
          bound = rows[0]?.version
          if (course < 0.1) await tx.query('RELEASE SAVEPOINT s')
          if (course > 0.1 && course < 0.14) await tx.query('SELECT 1 / 0').catch(() => undefined)
          if (course > 0.14 && course < 0.2) throw new Error('gives up')
          if (BigInt(rows[0]?.least ?? 0) < 0n) throw new Error('not enough')
          if (load.commitRestMs > 0) await wait(Math.random() * load.commitRestMs)
        },
      })
    } catch (error) {
      add(error instanceof WriteUnknownError ? 'unknown' : 'rolled back')
      if (error instanceof Error && /^(gives up|not enough)$/.test(error.message)) return
      throw error
    }
    add('write')
    for (const key of [...accounts, groupKey(shape, group)]) this.#around.tell(key)
    await this.#readAccount(accounts[some(2)] as number, false)
  }
}

function some(count: number): number {
  return Math.floor(Math.random() * count)
}
