/**
 * One run: the real protocol (`open`, reader, writer, gate, the Redis part of the fences) in several processes, over a
 * fake PostgreSQL, a fake Redis and a network between them, in virtual time. The plan and the number of the network
 * decide everything.
 */
import { memoryStore, open, type StoreFactory, strong, systemRandom } from 'holdfast'
import { WriteUnknownError } from '../../../src/core/errors.ts'
import type { Schema } from '../../../src/core/standard-schema.ts'
import { redisFences } from '../../../src/fence/redis.ts'
import { seededRandom } from '../seeded-random.ts'
import { FakeConnection } from './fake-connection.ts'
import { FakePostgres, type Row, type Transaction } from './fake-postgres.ts'
import { FakeRedis } from './fake-redis.ts'
import { selectAccounts, updateAccount } from './fake-statements.ts'
import { fakeTruth, type Session } from './fake-truth.ts'
import {
  problemOfRead,
  problemOfSum,
  problemsOfHistory,
  type Read,
  textOfRow,
  versionsOf,
  type Write,
} from './judge.ts'
import { delayMs, LATE, Lateness, type LateKind, type Network } from './network.ts'
import type { Plan } from './plan.ts'
import { type Actor, Scheduler } from './scheduler.ts'
import { type Fault, isFault, type Operation } from './steps.ts'

const EACH_HOLDS = 100
const NAMESPACE = 'sim'
/** Until then all gates are open, if nothing is wrong. */
const WARM_UP_MS = 1_500
const SETTLE_LIMIT_MS = 30_000
const REOPEN_LIMIT_MS = 120_000

/** What came of a run. */
export interface Outcome {
  readonly problems: readonly string[]
  readonly trace: readonly string[]
  readonly reads: number
  readonly writes: number
  /** Reads that Redis answered. */
  readonly hits: number
  readonly faults: ReadonlyMap<string, number>
  readonly epochs: number
}

type Account = { readonly amount: number; readonly version: number }

/** What the schema of a value is here: nothing is checked. */
function anything<Value>(): Schema<unknown, Value> {
  return {
    '~standard': { version: 1, vendor: 'simulation', validate: (value) => ({ value: value as Value }) },
  }
}

function declare(accounts: readonly string[]) {
  const rowsOf = async (ids: readonly string[], tx: Session): Promise<Map<string, Account>> => {
    const rows = await tx.execute(selectAccounts(ids))
    return new Map(
      rows.map((row) => [
        String(row['id']),
        { amount: Number(row['amount']), version: Number(row['version']) },
      ]),
    )
  }
  return {
    account: strong({
      key: 'account:{id}',
      about: 'One row.',
      value: anything<Account>(),
      row: true,
      loadTimeout: '2s',
      load: async ({ id }, tx: Session) => (await rowsOf([id], tx)).get(id),
      loadMany: async (ids, tx: Session) => {
        const rows = await rowsOf(
          ids.map(({ id }) => id),
          tx,
        )
        return ids.map(({ id }) => rows.get(id))
      },
    }),
    versions: strong({
      key: 'versions:{of}',
      about: 'Derived from all rows.',
      value: anything<string>(),
      loadTimeout: '2s',
      load: async (_id, tx: Session) => versionsOf({ rows: await rowsOf(accounts, tx) }),
    }),
  }
}

type Keyspaces = ReturnType<typeof declare>
type SimulatedState = Awaited<ReturnType<typeof open<Keyspaces, Session>>>

interface Node {
  readonly actor: Actor
  readonly connection: FakeConnection
  readonly drops: Set<() => void>
  readonly late: Lateness
  state: SimulatedState | undefined
  cutOffUntilMs: number
  isBuried: boolean
}

/** Carries a plan out. `network` is the number of the stream of delays. */
export async function runPlan(
  plan: Plan,
  networkSeed: number = plan.seed,
  isTraced = false,
): Promise<Outcome> {
  const world = new World(plan, networkSeed, isTraced)
  return world.run()
}

class World {
  readonly #plan: Plan
  readonly #scheduler = new Scheduler()
  readonly #network: Network
  readonly #random: () => number
  readonly #postgres: FakePostgres
  readonly #accounts: readonly string[]
  readonly #keyspaces: Keyspaces
  readonly #nodes: Node[] = []
  readonly #trace: string[] = []
  readonly #problems: string[] = []
  readonly #reads: Read[] = []
  readonly #writes: Write[] = []
  readonly #faults = new Map<string, number>()
  /** Transactions of writes that failed, and may not have committed. */
  readonly #failed: { readonly by: string; readonly transaction: Transaction }[] = []
  /** Epochs whose fences were taken away: nobody may trust them, so what they hold does not matter. */
  readonly #lost = new Set<string>()
  #redis: FakeRedis
  #old: FakeRedis | undefined
  #servers = 0
  #lives = 0
  #hits = 0
  #underWay = 0
  #isRestored = false
  #isTraced: boolean

  constructor(plan: Plan, networkSeed: number, isTraced: boolean) {
    this.#plan = plan
    this.#isTraced = isTraced
    const random = seededRandom(networkSeed * 2 + 1)
    this.#random = random
    const log = (line: string): void => this.#log(line)
    this.#network = { scheduler: this.#scheduler, random, weather: plan.weather, log }
    this.#accounts = Array.from({ length: plan.accounts }, (_, index) => `a${index}`)
    this.#keyspaces = declare(this.#accounts)
    const row = { amount: EACH_HOLDS, version: 0 }
    const now = (): number => this.#scheduler.nowMs
    this.#postgres = new FakePostgres(now, new Map(this.#accounts.map((id) => [id, row])))
    this.#postgres.onCommit = (changed) => {
      this.#log(`PostgreSQL has ${[...changed].map(([id, each]) => `${id} ${textOfRow(each)}`).join(', ')}`)
      for (const id of [...changed.keys()].map((each) => `account:${each}`)) this.#checkStored(id)
      this.#checkStored('versions:all')
    }
    this.#redis = this.#newServer()
  }

  async run(): Promise<Outcome> {
    const { plan } = { plan: this.#plan }
    this.#scheduler.afterEach = () => this.#buryTheDead()
    for (let index = 0; index < plan.nodes; index++) this.#start(index)
    for (const step of plan.steps)
      this.#scheduler.after(WARM_UP_MS + step.atMs, () =>
        isFault(step) ? this.#break(step) : this.#begin(step),
      )
    const isOver = (): boolean => this.#problems.length > 0
    const lastMs = Math.max(plan.lastsMs, ...plan.steps.map(({ atMs }) => atMs))
    await this.#scheduler.run(WARM_UP_MS + lastMs + 50, isOver)
    if (!isOver()) await this.#comeToRest(isOver)
    for (const { by, transaction } of this.#failed)
      if (transaction.outcome === 'committed') this.#wrong(`${by} failed, and has committed`)
    if (!this.#isRestored) this.#problems.push(...problemsOfHistory(this.#reads, this.#writes))
    return {
      problems: this.#problems,
      trace: this.#trace,
      reads: this.#reads.length,
      writes: this.#writes.length,
      hits: this.#hits,
      faults: this.#faults,
      epochs: this.#postgres.latest.gate?.epoch ?? 0,
    }
  }

  /** Everything is whole again: what was begun ends, gates open, and everybody reads what is there. */
  async #comeToRest(isOver: () => boolean): Promise<void> {
    const scheduler = this.#scheduler
    const startMs = scheduler.nowMs
    await scheduler.run(startMs + SETTLE_LIMIT_MS, () => isOver() || this.#underWay === 0)
    if (this.#underWay > 0 && !isOver()) this.#wrong(`${this.#underWay} calls never ended`)
    const living = (): Node[] => this.#nodes.filter(({ actor }) => actor.isAlive)
    const areOpen = (): boolean => living().every(({ state }) => state?.gate()?.isTrusted === true)
    await scheduler.run(scheduler.nowMs + REOPEN_LIMIT_MS, () => isOver() || areOpen())
    if (isOver()) return
    if (!areOpen()) {
      this.#wrong('the gate does not open again')
      return
    }
    for (const node of living()) {
      const every = this.#accounts.map((_, id) => id)
      for (const id of every) this.#read(node, 'get', [id])
      this.#read(node, 'getMany', every)
      this.#read(node, 'versions', [])
    }
    await scheduler.run(scheduler.nowMs + SETTLE_LIMIT_MS, () => isOver() || this.#underWay === 0)
  }

  #start(index: number): void {
    const actor: Actor = {
      name: `node ${index}${this.#lives < this.#plan.nodes ? '' : ` (life ${this.#lives})`}`,
      isAlive: true,
      pausedUntilMs: 0,
      rate: this.#plan.rates[index] ?? 1,
      stoodStillMs: 0,
      stepsToLive: Infinity,
    }
    const life = this.#lives++
    const clock = this.#scheduler.clockOf(actor, Date.UTC(2026, 0, 1))
    const site = {
      // Somebody may be led to the old server for as long as that lives.
      serverFor: (): FakeRedis =>
        this.#old?.isUp === true && this.#random() < 0.3 ? this.#old : this.#redis,
    }
    const late = new Lateness()
    const connection = new FakeConnection(this.#network, actor, site, clock.now, late)
    const node: Node = {
      actor,
      connection,
      drops: new Set(),
      late,
      state: undefined,
      cutOffUntilMs: 0,
      isBuried: false,
    }
    this.#nodes[index] = node
    const truth = fakeTruth(
      {
        network: this.#network,
        actor,
        server: this.#postgres,
        timeoutMs: this.#plan.timeoutMs,
        retries: this.#plan.retries,
        late,
        isCutOffUntilMs: () => node.cutOffUntilMs,
      },
      (drop) => {
        node.drops.add(drop)
        return () => void node.drops.delete(drop)
      },
    )
    const memory = memoryStore()
    const store: StoreFactory = (context) => ({
      ...memory(context),
      name: 'redis',
      fences: redisFences(connection, NAMESPACE),
      connect: () => connection.connect(),
    })
    let tokens = 0
    const random = { ...systemRandom, token: () => `t${life}.${tokens++}`, float: this.#random }
    const begin = (): void => {
      open(this.#keyspaces, { store, truth, clock, random }).then(
        (state) => (node.state = state),
        // PostgreSQL is not there: the process is started again.
        () => this.#scheduler.after(100, begin, actor),
      )
    }
    this.#scheduler.after(this.#random() * 5, begin, actor)
  }

  #begin(operation: Operation): void {
    const node = this.#nodes[operation.node]
    if (!node?.state || !node.actor.isAlive) return
    const begin = (): void => {
      if (operation.what === 'write') void this.#write(node, operation)
      else this.#read(node, operation.what, operation.ids)
    }
    this.#scheduler.after(0, begin, node.actor)
  }

  #read(node: Node, what: 'get' | 'getMany' | 'versions', ids: readonly number[]): void {
    const { state, actor } = node
    if (!state || !actor.isAlive) return
    const names = ids.map((id) => this.#accounts[id] as string)
    const by = `${actor.name}: ${what} ${names.join(' ')}`
    const startMs = this.#scheduler.nowMs
    const call = async (): Promise<Map<string, Row | string | undefined>> => {
      if (what === 'getMany') {
        const rows = await state.account.getMany(names.map((id) => ({ id })))
        return new Map(names.map((id, index) => [id, rows[index] ?? undefined]))
      }
      if (what === 'versions')
        return new Map([['versions', (await state.versions.get({ of: 'all' })) ?? undefined]])
      const { value, tier } = await state.account.read({ id: names[0] as string })
      if (tier === 'l2') this.#hits++
      return new Map([[names[0] as string, value ?? undefined]])
    }
    this.#log(`${by} begins`)
    this.#follow(
      node,
      call().then(
        (rows) => {
          const read = { by, startMs, endMs: this.#scheduler.nowMs, rows }
          this.#log(`${by} answers ${[...rows.values()].map(textOfRow).join(', ')}`)
          this.#reads.push(read)
          const { accounts } = this.#plan
          this.#wrong(
            problemOfRead(read, this.#postgres) ?? problemOfSum(read, accounts, accounts * EACH_HOLDS),
          )
        },
        (error: Error) => this.#log(`${by} fails: ${error.message}`),
      ),
    )
  }

  async #write(node: Node, { ids, write }: Operation): Promise<void> {
    const { state, actor } = node
    if (!state) return
    const { account, versions } = this.#keyspaces
    const names = ids.map((id) => this.#accounts[id] as string)
    const by = `${actor.name}: write ${names.join(' ')}`
    const startMs = this.#scheduler.nowMs
    const made = new Map<string, number>()
    const attempts: Transaction[] = []
    this.#log(`${by} begins`)
    const think = (): Promise<void> =>
      write.thinkMs === 0
        ? Promise.resolve()
        : new Promise((resolve) => void this.#scheduler.after(write.thinkMs, resolve, actor))
    const call = state.write(
      async (tx, changes) => {
        if (tx.transaction) attempts.push(tx.transaction)
        tx.restMs = write.restMs
        made.clear()
        if (write.looksFirst) {
          await tx.execute(selectAccounts(names))
          await think()
        }
        for (const [place, id] of names.entries()) {
          const [row] = await tx.execute(updateAccount(id, place === 0 ? write.amount : -write.amount))
          made.set(id, Number(row?.['version']))
          changes[write.puts.includes(ids[place] as number) ? 'put' : 'touch'](account, { id })
          if (place === 0 && !write.looksFirst) await think()
        }
        for (const id of write.unchanged) changes.put(account, { id: this.#accounts[id] as string })
        changes.touch(versions, { of: 'all' })
        if (write.end === 'throw') throw new Error('the body gives up')
        if (write.end === 'swallow') await tx.execute('SELECT 1 / 0').catch(() => undefined)
      },
      { isolation: write.isolation, ack: write.ack },
    )
    this.#follow(
      node,
      call.then(
        () => {
          this.#log(`${by} is done`)
          this.#writes.push({ by, startMs, endMs: this.#scheduler.nowMs, versions: new Map(made) })
          if (attempts.at(-1)?.outcome !== 'committed') this.#wrong(`${by} is done, and has not committed`)
          if (write.isChased)
            for (const other of this.#nodes)
              this.#scheduler.after(
                delayMs(this.#network),
                () => this.#read(other, 'get', ids.slice(0, 1)),
                other.actor,
              )
        },
        (error: Error) => {
          this.#log(`${by} fails: ${error.message}`)
          if (!(error instanceof WriteUnknownError))
            for (const transaction of attempts) this.#failed.push({ by, transaction })
        },
      ),
    )
    await call.catch(() => undefined)
  }

  #follow(node: Node, work: Promise<void>): void {
    this.#underWay++
    const end = (): void => void this.#underWay--
    let isEnded = false
    const once = (): void => {
      if (!isEnded) end()
      isEnded = true
      node.drops.delete(once)
    }
    // A process that died has nothing under way.
    node.drops.add(once)
    work.then(once, (error: Error) => {
      once()
      this.#wrong(`the simulator itself failed: ${error.stack}`)
    })
  }

  #break(fault: Fault): void {
    const { what, node: index, forMs, choice } = fault
    const scheduler = this.#scheduler
    const node = this.#nodes[index] as Node
    const { actor, connection } = node
    this.#faults.set(what, (this.#faults.get(what) ?? 0) + 1)
    this.#log(
      `*** ${what}${/redis|postgres|evict|flush|failover|scripts|gate/.test(what) ? '' : `: ${actor.name}`}, ${forMs.toFixed(0)} ms`,
    )
    const redis = this.#redis
    switch (what) {
      case 'evict': {
        const name = redis.evict(choice)
        if (name !== undefined) this.#log(`evicted ${name}`)
        break
      }
      case 'cut':
        scheduler.after(0, () => connection.cut(forMs), actor)
        break
      case 'crash':
        // After some more of its steps: anywhere in what it does.
        actor.stepsToLive = 1 + Math.floor(choice * 40)
        break
      case 'pause':
        actor.pausedUntilMs = scheduler.nowMs + forMs
        break
      case 'suspend':
        actor.pausedUntilMs = scheduler.nowMs + forMs
        actor.stoodStillMs += forMs
        break
      case 'lose requests':
        connection.obstruct('requests')
        scheduler.after(300 + forMs, () => connection.cut(10), actor)
        break
      case 'lose answers':
        connection.obstruct('replies')
        scheduler.after(300 + forMs, () => connection.cut(10), actor)
        break
      case 'late message':
        node.late.hold(fault.late ?? (LATE[Math.floor(choice * LATE.length)] as LateKind), forMs)
        break
      case 'hang redis':
        redis.hungUntilMs = scheduler.nowMs + forMs
        break
      case 'forget scripts':
        redis.forgetScripts()
        break
      case 'full redis':
        redis.isFull = true
        scheduler.after(forMs, () => (redis.isFull = false))
        break
      case 'clock of redis':
        redis.skewMs += 3_600_000
        break
      case 'hang postgres':
        this.#postgres.hungUntilMs = scheduler.nowMs + forMs
        break
      case 'flush':
        this.#lose()
        redis.flush()
        for (const other of this.#nodes) other.connection.tellFlushed(redis)
        break
      case 'restart redis empty':
      case 'restart redis with old data':
        this.#restartRedis(what === 'restart redis empty' ? undefined : choice * choice * 3_000, forMs)
        break
      case 'failover':
        this.#failOver(choice * 300, forMs)
        break
      case 'restart postgres':
        this.#stopPostgres(forMs, () => this.#postgres.crash(choice < 0.5))
        break
      case 'restore postgres': {
        // Longer than a lease: nobody trusts Redis any more by the time that PostgreSQL is back.
        const toMs = scheduler.nowMs - choice * 2_000
        this.#isRestored = true
        this.#stopPostgres(2_500 + forMs, () => {
          this.#lose()
          this.#postgres.restore(toMs)
          this.#lose()
          // It may have brought a hold back.
          scheduler.after(500, () => this.#letOpen())
        })
        break
      }
      case 'cut off from postgres':
        node.cutOffUntilMs = scheduler.nowMs + forMs
        break
      case 'close gate': {
        const { gate } = this.#postgres.latest
        const changedMs = scheduler.nowMs
        if (gate?.state !== 'open' || !this.#postgres.isUp) break
        this.#postgres.setGate({ ...gate, state: 'closing', reason: 'by hand', held: true, changedMs })
        scheduler.after(forMs, () => this.#letOpen())
        break
      }
    }
  }

  /** Whoever has closed the gate by hand has no more reason to. */
  #letOpen(): void {
    const { latest, isUp } = this.#postgres
    if (!isUp) this.#scheduler.after(200, () => this.#letOpen())
    else if (latest.gate?.held === true) this.#postgres.setGate({ ...latest.gate, held: false })
  }

  #restartRedis(ageMs: number | undefined, forMs: number): void {
    const redis = this.#redis
    const data = ageMs === undefined ? undefined : redis.dataOf(ageMs)
    redis.isUp = false
    for (const { connection, actor } of this.#nodes)
      this.#scheduler.after(
        0,
        () => connection.leadsTo === redis && connection.cut(this.#random() * 50),
        actor,
      )
    this.#redis = this.#newServer(data, this.#random() < 0.5 ? redis.lineage : undefined)
    const next = this.#redis
    next.isUp = false
    this.#scheduler.after(forMs, () => (next.isUp = true))
  }

  /** A replica takes over with what it has. Who is still connected to the old server finds out later, if ever. */
  #failOver(lagMs: number, forMs: number): void {
    const old = this.#redis
    this.#old = old
    this.#redis = this.#newServer(old.dataOf(lagMs))
    for (const { connection, actor } of this.#nodes)
      this.#scheduler.after(
        this.#random() * forMs,
        () => connection.leadsTo === old && connection.cut(this.#random() * 50),
        actor,
      )
    this.#scheduler.after(forMs * 1.5, () => {
      old.isUp = false
      for (const { connection, actor } of this.#nodes)
        this.#scheduler.after(0, () => connection.leadsTo === old && connection.cut(10), actor)
    })
  }

  #stopPostgres(forMs: number, comeBack: () => void): void {
    const postgres = this.#postgres
    if (!postgres.isUp) return
    postgres.isUp = false
    this.#scheduler.after(forMs, () => {
      comeBack()
      postgres.isUp = true
    })
  }

  #newServer(data?: ConstructorParameters<typeof FakeRedis>[3], lineage?: string): FakeRedis {
    const name = `redis${this.#servers++}`
    const made = new FakeRedis(() => this.#scheduler.nowMs, name, lineage ?? name, data)
    made.onChange = (stored, raw) => {
      if (raw?.startsWith('V1 ') === true) this.#checkStored(stored.split(':').slice(3).join(':'))
    }
    return made
  }

  /** The present epoch is no longer one in which fences stay. */
  #lose(): void {
    const { gate } = this.#postgres.latest
    if (gate) this.#lost.add(gate.nonce)
  }

  /** While the gate is open, a value is the latest committed state. */
  #checkStored(key: string): void {
    const { gate, rows } = this.#postgres.latest
    if (gate?.state !== 'open' || this.#lost.has(gate.nonce)) return
    const server = [this.#redis, this.#old].find((each) => each?.run === gate.run)
    const raw = server?.peek(`${NAMESPACE}:~s:${gate.nonce}:${key}`)
    if (raw?.startsWith('V1 ') !== true) return
    const value = JSON.parse(raw.slice(raw.indexOf('\n') + 1)) as Row | string | null
    const wanted = key === 'versions:all' ? versionsOf({ rows }) : rows.get(key.slice('account:'.length))
    if (textOfRow(value ?? undefined) !== textOfRow(wanted))
      this.#wrong(
        `${server?.run} holds ${key} ${textOfRow(value ?? undefined)}; PostgreSQL has ${textOfRow(wanted)}`,
      )
  }

  #buryTheDead(): void {
    for (const [index, node] of this.#nodes.entries()) {
      if (node.actor.isAlive || node.isBuried) continue
      node.isBuried = true
      this.#log(`*** ${node.actor.name} is dead`)
      for (const drop of node.drops) drop()
      this.#scheduler.after(20 + this.#random() * 300, () => this.#start(index))
    }
  }

  #wrong(problem: string | undefined): void {
    if (problem === undefined) return
    this.#problems.push(problem)
    this.#log(`!!! ${problem}`)
  }

  #log(line: string): void {
    if (this.#isTraced) this.#trace.push(`${this.#scheduler.nowMs.toFixed(2).padStart(9)}  ${line}`)
  }
}
