import { sql } from 'drizzle-orm'
import { virtualClock } from 'holdfast/testing'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Alerts, type AlertRule, startAlerts } from '../../src/ops/alerts.ts'
import { createLog } from '../../src/ops/log.ts'
import { messagingAlerts } from '../../src/ops/messaging-alerts.ts'
import { tradingAlerts } from '../../src/ops/trading-alerts.ts'
import { useDatabase, openTestDesk, SOL } from '../test-desk.ts'
import { openAccount } from '../trading/account.ts'

let clock = virtualClock()
let logged: string[]
beforeEach(() => {
  clock = virtualClock()
  logged = []
})
function start(rules: readonly AlertRule[]): Alerts {
  const log = createLog('trace', { write: (line) => logged.push(JSON.parse(line).msg) })
  const alerts = startAlerts(rules, clock, log)
  onTestFinished(() => alerts.close())
  return alerts
}

describe('an alert', () => {
  test('is raised once, stays while its cause does, and is logged at both ends', async () => {
    let wrong: string | null = null
    const alerts = start([{ code: 'FEED_SILENT', severity: 'critical', probe: () => wrong }])
    await clock.advance(5_000)
    expect(alerts.current()).toEqual([])
    wrong = 'silence'
    await clock.advance(5_000)
    const raised = { code: 'FEED_SILENT', severity: 'critical', message: 'silence', since: clock.wall() }
    expect(alerts.current()).toEqual([raised])
    wrong = 'longer silence'
    await clock.advance(20_000)
    expect(alerts.current()).toEqual([{ ...raised, message: 'longer silence' }])
    wrong = null
    await clock.advance(5_000)
    expect(alerts.current()).toEqual([])
    expect(logged).toEqual(['alert: silence', 'alert over: longer silence'])
  })

  test('stays as it is while it cannot be looked after; the others are looked after', async () => {
    let probe = async (): Promise<string | null> => 'wrong'
    const alerts = start([
      { code: 'TRADES_UNRESOLVED', severity: 'critical', probe: () => probe() },
      { code: 'FEED_SILENT', severity: 'critical', probe: () => 'silence' },
    ])
    await alerts.check()
    probe = () => Promise.reject(new Error('the database is away'))
    await alerts.check()
    expect(alerts.current().map(({ code }) => code)).toEqual(['TRADES_UNRESOLVED', 'FEED_SILENT'])
  })
})

describe('what is wrong with trading', () => {
  const database = useDatabase()
  const codesOf = async (parts: Partial<Parameters<typeof tradingAlerts>[0]>) => {
    const rules = tradingAlerts({
      db: database.open.db,
      board: { silenceMs: () => 0 },
      source: { name: 'simulator' },
      exits: { failing: () => new Map() },
      clock,
      ...parts,
    })
    const alerts = start(rules)
    await alerts.check()
    return alerts.current().map(({ code }) => code)
  }

  test.each([
    [30_000, 'simulator', []],
    [30_001, 'simulator', ['FEED_SILENT']],
    [3_600_000, 'replay', []],
  ])('a feed silent for %i ms (%s)', async (silenceMs, name, codes) => {
    expect(await codesOf({ board: { silenceMs: () => silenceMs }, source: { name } })).toEqual(codes)
  })

  test('a feed that has never spoken', async () => {
    const rules = { board: { silenceMs: () => null } }
    expect(await codesOf(rules)).toEqual([])
    const alerts = start(
      tradingAlerts({
        db: database.open.db,
        ...rules,
        source: { name: 'x' },
        exits: { failing: () => new Map() },
        clock,
      }),
    )
    await clock.advance(30_001)
    await alerts.check()
    expect(alerts.current().map(({ code }) => code)).toEqual(['FEED_SILENT'])
  })

  test('exits that do not get through, from the third attempt on', async () => {
    expect(await codesOf({ exits: { failing: () => new Map([['p', 2]]) } })).toEqual([])
    expect(await codesOf({ exits: { failing: () => new Map([['p', 3]]) } })).toEqual(['EXITS_FAILING'])
  })

  test('an order whose outcome is not known after two minutes', async () => {
    const desk = await openTestDesk({ database: database.open })
    onTestFinished(() => desk.close())
    await desk.source.trade(SOL, '100', Date.now())
    const account = await openAccount(desk, { assets: [SOL] })
    await account.buy(SOL, '100')
    const age = (seconds: number, state: string) =>
      database.open.db.execute(sql`
        UPDATE intents SET state = ${state}, created_at = now() - make_interval(secs => ${seconds})
        WHERE agent_id = ${account.agentId}`)
    await age(300, 'CONFIRMED')
    expect(await codesOf({})).toEqual([])
    await age(119, 'UNKNOWN')
    expect(await codesOf({})).toEqual([])
    await age(121, 'UNKNOWN')
    expect(await codesOf({})).toEqual(['TRADES_UNRESOLVED'])
  })
})

describe('what is wrong with messages', () => {
  type Parts = Parameters<typeof messagingAlerts>[0]
  const none = { waiting: 0, delayed: 0, active: 0, done: 0, dead: 0 }
  const told = async (outbox: object, dead = 0): Promise<string[]> => {
    const view = { isActive: true, waiting: 0, oldestMs: 0, refused: 0, problem: null, ...outbox }
    const counts = async () => ({ ...none, dead })
    const queues = { notify: { counts }, signalTrades: { counts }, agentRuns: { counts: async () => none } }
    const alerts = start(messagingAlerts({ outbox: async () => view, ...queues } as unknown as Parts))
    await alerts.check()
    return alerts.current().map(({ code, message }) => `${code}: ${message}`)
  }

  test('nothing, while what was committed is handed on and done', async () => {
    expect(await told({ waiting: 500, oldestMs: 9_000 })).toEqual([])
  })

  test('commits that wait for too long, with the reason', async () => {
    expect(await told({ waiting: 3, oldestMs: 12_000 })).toEqual([
      expect.stringMatching(/^OUTBOX_LAG: 3 events and jobs .* does a process with the role relay run\?$/),
    ])
    expect(await told({ waiting: 3, oldestMs: 12_000, problem: 'no Redis' })).toEqual([
      expect.stringMatching(/: no Redis$/),
    ])
  })

  test('jobs that are dead, and what a destination refused', async () => {
    expect(await told({ refused: 1 }, 2)).toEqual([
      'JOBS_DEAD: Jobs that no attempt is left for: 2 of notify, 2 of signal-trades, 1 in the outbox.',
    ])
  })
})
