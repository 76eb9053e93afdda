/** A driver of the fake PostgreSQL in one process: the truth port over connections that can break. */
import type { Rows, Truth, TransactionOptions } from 'holdfast'
import { type FakePostgres, type Isolation, PostgresError, type Transaction } from './fake-postgres.ts'
import { carryOut, GATE_TABLE, matchesGate } from './fake-statements.ts'
import { delayMs, type Lateness, Line, type Network } from './network.ts'
import type { Actor } from './scheduler.ts'

/** What runs statements, as loaders and bodies get it. */
export interface Session {
  execute(sql: string): Promise<Rows>
  /** Undefined outside of a transaction. */
  readonly transaction: Transaction | undefined
  /** How long a transaction is left alone before its COMMIT is sent. */
  restMs: number
}

/** What the driver of one process does, and how it can be disturbed. */
export interface DriverParts {
  readonly network: Network
  readonly actor: Actor
  readonly server: FakePostgres
  /** It gives a statement up after so long, and closes its connection. */
  readonly timeoutMs: number
  /** Runs a body again when it could not be serialized, so many times. */
  readonly retries: number
  readonly late: Lateness
  /** The process cannot reach the server until then. */
  isCutOffUntilMs(): number
}

const COMMIT = 'COMMIT'
const ROLLBACK = 'ROLLBACK'

/** One connection. What is sent on it is carried out in order. */
class Backend {
  readonly #parts: DriverParts
  readonly #requests: Line
  readonly #replies: Line
  #isBroken = false
  #start: number
  readonly #pending = new Set<(error: Error) => void>()
  transaction: Transaction | undefined

  constructor(parts: DriverParts) {
    this.#parts = parts
    this.#requests = new Line(parts.network)
    this.#replies = new Line(parts.network)
    this.#start = parts.server.start
  }

  begin(isolation: Isolation): Promise<Rows> {
    return this.#request('BEGIN', (answer) => {
      this.transaction = this.#parts.server.begin(isolation)
      answer([])
    })
  }

  execute(sql: string): Promise<Rows> {
    return this.#request(sql, (answer) => this.#carryOut(sql, answer))
  }

  /** One after the other, with a moment in between; those after one that fails are not carried out. */
  async executeAll(statements: readonly string[]): Promise<readonly Rows[]> {
    const { network } = this.#parts
    const all: Rows[] = []
    await this.#request(statements.join('; '), (answer) => {
      const next = (index: number): void => {
        const sql = statements[index]
        if (sql === undefined) {
          answer([])
          return
        }
        this.#carryOut(sql, (result) => {
          if (result instanceof PostgresError) {
            answer(result)
            return
          }
          all.push(result)
          network.scheduler.after(network.random() * network.weather.delayMs, () => next(index + 1))
        })
      }
      next(0)
    })
    return all
  }

  commit(): Promise<Rows> {
    const { network, server } = this.#parts
    return this.#request(COMMIT, (answer) => {
      const transaction = this.transaction
      if (transaction?.isDoomed === true) {
        // PostgreSQL answers with ROLLBACK, and no error.
        answer([])
        return
      }
      if (!transaction || transaction.outcome !== 'running') {
        answer(new PostgresError('25P01', 'there is no transaction in progress'))
        return
      }
      // On its way to the disk it can no longer be stopped, but by a crash.
      transaction.outcome = 'committing'
      network.scheduler.after(delayMs(network), () => {
        if (transaction.outcome !== 'committing') return
        server.commit(transaction)
        answer([])
      })
    })
  }

  rollback(): Promise<Rows> {
    const { server } = this.#parts
    return this.#request(ROLLBACK, (answer) => {
      if (this.transaction) server.abort(this.transaction)
      answer([])
    })
  }

  /** The client is gone. The server notices, sooner or later. */
  drop(): void {
    if (this.#isBroken) return
    this.#isBroken = true
    const { network, server } = this.#parts
    const late = network.random() < 0.1 ? 3_000 : 100
    network.scheduler.after(network.random() * late, () => {
      if (this.transaction?.outcome === 'running') server.abort(this.transaction)
    })
    // A process that died hears nothing of it.
    if (!this.#parts.actor.isAlive) return
    for (const reject of this.#pending) reject(new PostgresError('08006', 'the connection is gone'))
    this.#pending.clear()
  }

  #carryOut(sql: string, answer: (result: Rows | PostgresError) => void): void {
    const { network, server, late } = this.#parts
    if (this.transaction?.isDoomed === false && this.transaction.outcome !== 'running') {
      answer(new PostgresError('57P01', 'the transaction was ended by the server'))
      return
    }
    if (!sql.startsWith(`UPDATE ${GATE_TABLE} `) || this.transaction) {
      carryOut(server, this.transaction, sql, answer)
      return
    }
    // Who changes nothing takes no id.
    if (!matchesGate(server, sql)) {
      answer([])
      return
    }
    // Others take ids between its own and the moment at which it is seen.
    const id = server.takeId()
    const diskMs = late.take('commit of a gate step')
    network.scheduler.after(delayMs(network) + diskMs, () => {
      if (server.isUp && server.start === this.#start) carryOut(server, undefined, sql, answer, id)
    })
  }

  #request(what: string, work: (answer: (result: Rows | PostgresError) => void) => void): Promise<Rows> {
    const { network, actor, server, timeoutMs, late } = this.#parts
    const { scheduler } = network
    const lateOf = (sql: string, part: 'request' | 'answer'): number => {
      if (sql.startsWith(`UPDATE ${GATE_TABLE} `)) return part === 'request' ? late.take('gate step') : 0
      if (part === 'request') return 0
      if (sql === COMMIT) return late.take('answer to COMMIT')
      return sql.includes(' AS oldest_running') ? late.take('answer to a poll') : 0
    }
    return new Promise((resolve, reject) => {
      if (this.#isBroken) {
        reject(new PostgresError('08003', 'the connection is closed'))
        return
      }
      const giveUp = scheduler.after(
        timeoutMs,
        () => {
          this.#pending.delete(reject)
          this.drop()
          reject(new PostgresError('08006', `no answer within ${timeoutMs} ms`))
        },
        actor,
      )
      this.#pending.add(reject)
      const answer = (result: Rows | PostgresError): void => {
        if (scheduler.nowMs < this.#parts.isCutOffUntilMs()) return
        scheduler.after(
          this.#replies.nextDelayMs() + lateOf(what, 'answer'),
          () => {
            if (this.#isBroken || server.start !== this.#start) return
            giveUp.cancel()
            this.#pending.delete(reject)
            if (result instanceof PostgresError) reject(result)
            else resolve(result)
          },
          actor,
        )
      }
      const arrive = (): void => {
        if (scheduler.nowMs < this.#parts.isCutOffUntilMs()) return
        if (!server.isUp || server.start !== this.#start) {
          scheduler.after(
            delayMs(network),
            () => {
              giveUp.cancel()
              this.#pending.delete(reject)
              this.drop()
              reject(new PostgresError('57P03', 'the server is gone'))
            },
            actor,
          )
          return
        }
        if (server.hungUntilMs > scheduler.nowMs) {
          scheduler.after(server.hungUntilMs - scheduler.nowMs, arrive)
          return
        }
        network.log(`${actor.name} → PostgreSQL: ${what}`)
        work(answer)
      }
      scheduler.after(this.#requests.nextDelayMs() + lateOf(what, 'request'), arrive)
    })
  }
}

/** The truth of one process. `onBackend` hears of each connection, to drop it when the process dies. */
export function fakeTruth(parts: DriverParts, onBackend: (drop: () => void) => () => void): Truth<Session> {
  const { scheduler } = parts.network
  const withBackend = async <Result>(work: (backend: Backend) => Promise<Result>): Promise<Result> => {
    const backend = new Backend(parts)
    const forget = onBackend(() => backend.drop())
    try {
      return await work(backend)
    } finally {
      forget()
    }
  }
  const session: Session = {
    transaction: undefined,
    restMs: 0,
    execute: (sql) => withBackend((backend) => backend.execute(sql)),
  }
  const once = <Result>(
    body: (tx: Session) => Promise<Result>,
    options: TransactionOptions,
  ): Promise<Result> =>
    withBackend(async (backend) => {
      await backend.begin(options.isolation ?? 'read committed')
      const tx: Session & { all(statements: readonly string[]): Promise<readonly Rows[]> } = {
        get transaction() {
          return backend.transaction
        },
        restMs: 0,
        execute: (sql) => backend.execute(sql),
        all: (statements) => backend.executeAll(statements),
      }
      let result: Result
      try {
        result = await body(tx)
        const { restMs } = tx
        if (restMs > 0)
          await new Promise<void>((resolve) => void scheduler.after(restMs, resolve, parts.actor))
      } catch (error) {
        await backend.rollback().catch(() => backend.drop())
        throw error
      }
      try {
        await backend.commit()
      } catch (error) {
        backend.drop()
        throw error
      }
      return result
    })
  return {
    name: 'fake postgres',
    session,
    async transaction(body, options = {}) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await once(body, options)
        } catch (error) {
          if (attempt >= parts.retries || (error as { code?: unknown }).code !== '40001') throw error
        }
      }
    },
    query: (at, sql) => at.execute(sql),
    queryAll: (at, statements) =>
      (at as Session & { all?(statements: readonly string[]): Promise<readonly Rows[]> }).all?.(statements) ??
      Promise.reject(new Error('queryAll outside of a transaction')),
  }
}
