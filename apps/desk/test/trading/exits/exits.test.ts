import type { Immutable } from 'holdfast'
import { virtualClock, type VirtualClock } from 'holdfast/testing'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { DeskError } from '../../../src/domain/desk-error.ts'
import type { Position } from '../../../src/domain/position.ts'
import type { Asset } from '../../../src/domain/assets.ts'
import type { PriceChange } from '../../../src/market/feed.ts'
import { createBoard } from '../../../src/market/board.ts'
import { createLog } from '../../../src/ops/log.ts'
import { createExits, type Exits, type ExitParts } from '../../../src/trading/exits/exits.ts'
import type { MovedPeaks } from '../../../src/trading/exits/watchlist.ts'
import type { Traded, TradeRequest } from '../../../src/trading/trading.ts'
import { MON, SOL } from '../../test-desk.ts'
import { positionOf } from './positions.ts'

// Exits alone: positions, agents and trades are what the test says, and time stands still unless it is moved.

interface Order {
  readonly userId: string
  readonly key: string
  readonly request: TradeRequest
}

const T0 = Date.UTC(2026, 0, 1)
let clock: VirtualClock
let positions: Immutable<Position>[]
let agents: Map<string, { status: string; config: unknown }>
let orders: Order[]
let answer: (order: Order) => Promise<Partial<Traded>>
let stored: MovedPeaks[]
let logged: { msg?: string }[]
let reads: number
let brokenReads: boolean
let slowReads: Promise<void> | undefined
let exits: Exits
let board: ReturnType<typeof createBoard>

beforeEach(() => {
  clock = virtualClock(T0)
  positions = [positionOf()]
  agents = new Map([[positionOf().agentId, { status: 'active', config: {} }]])
  orders = []
  stored = []
  logged = []
  reads = 0
  brokenReads = false
  slowReads = undefined
  board = createBoard(clock)
  answer = async ({ request }) => {
    // What a sale does: the position is closed.
    positions = positions.filter(({ id }) => id !== request.positionId)
    return { status: 'CONFIRMED' }
  }
  exits = begin('live')
})

function begin(pace: ExitParts['pace']): Exits {
  const made = createExits({
    state: {
      exposure: {
        async get({ chain, asset }: { chain: string; asset: string }) {
          reads++
          await slowReads
          if (brokenReads) throw new Error('PostgreSQL is away')
          return positions.filter((position) => position.chain === chain && position.asset === asset)
        },
        delete: async () => true,
      },
      agent: {
        getMany: async (ids: { agentId: string }[]) =>
          ids.map(({ agentId }) => {
            const agent = agents.get(agentId)
            return agent ? { id: agentId, ...agent } : null
          }),
      },
    } as unknown as ExitParts['state'],
    board,
    trading: {
      async trade(userId, key, request) {
        const order = { userId, key, request }
        orders.push(order)
        return (await answer(order)) as Traded
      },
    },
    storePeaks: async (moved) => {
      stored.push(...moved)
      return moved
    },
    clock,
    log: createLog('trace', { write: (line) => logged.push(JSON.parse(line)) }),
    pace,
  })
  onTestFinished(() => made.close())
  return made
}

async function tick(price: string, asset: Asset = SOL, eventTimeMs = clock.wall()): Promise<void> {
  const change: PriceChange = {
    tick: { chain: asset.chain, asset: asset.asset, price, quantity: '1', eventTimeMs },
    price: board.record({ chain: asset.chain, asset: asset.asset, price, quantity: '1', eventTimeMs }),
  }
  await exits.take(change)
}
/** A promise that the test opens. */
function gateOf(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((open) => (resolve = open))
  return { promise, resolve: () => resolve() }
}
const settled = () => clock.advance(0)

describe('a tick through the stop', () => {
  // The default: 32 % below the entry of 100.
  test('sells everything, at the tick that decided', async () => {
    await tick('68.01')
    expect(orders).toEqual([])
    await tick('68')
    expect(orders).toEqual([
      {
        userId: positionOf().userId,
        key: `exit:${positionOf().id}:1:stop_loss:1`,
        request: expect.objectContaining({
          side: 'sell',
          reason: 'stop_loss',
          positionId: positionOf().id,
          expectedVersion: 1,
          reference: expect.objectContaining({ price: '68', seq: 2 }),
        }),
      },
    ])
    // Whatever there is by then.
    expect(orders[0]?.request.amount).toBeUndefined()
  })

  test('sells once, however many ticks come while the order is under way', async () => {
    const gate = gateOf()
    answer = async () => {
      await gate.promise
      return { status: 'CONFIRMED' }
    }
    for (let count = 0; count < 50; count++) await tick(String(60 - count / 10))
    expect(orders.length).toBe(1)
    gate.resolve()
    await settled()
    // The list of positions is still the old one: nothing is decided on a version that was traded on.
    await tick('50')
    expect(orders.length).toBe(1)
  })

  test('does not wait for the order', async () => {
    const gate = gateOf()
    onTestFinished(() => gate.resolve())
    answer = () => gate.promise.then(() => ({ status: 'CONFIRMED' }))
    await expect(tick('1')).resolves.toBeUndefined()
    expect(orders.length).toBe(1)
  })

  test('of every position of the asset, and of no other asset', async () => {
    positions = [
      positionOf(),
      positionOf({ id: 'p2', agentId: 'a2', userId: 'u2' }),
      positionOf({ id: 'p3', chain: MON.chain, asset: MON.asset }),
    ]
    agents.set('a2', { status: 'active', config: {} })
    await tick('60')
    expect(orders.map(({ request }) => request.positionId)).toEqual([positionOf().id, 'p2'])
    expect(orders.map(({ userId }) => userId)).toEqual([positionOf().userId, 'u2'])
  })
})

test('a market that falls through the stops of a thousand: sixteen trades at a time, and none is left out', async () => {
  positions = Array.from({ length: 1_000 }, (_, index) => positionOf({ id: `p${index}` }))
  let inFlight = 0
  let most = 0
  answer = async () => {
    most = Math.max(most, ++inFlight)
    for (let turn = 0; turn < 3; turn++) await Promise.resolve()
    inFlight--
    return { status: 'CONFIRMED' }
  }
  await tick('60')
  await settled()
  expect([most, orders.length, new Set(orders.map(({ key }) => key)).size]).toEqual([16, 1_000, 1_000])
})

test('an order that waited for its turn for more than 30 s is not given: it is decided anew', async () => {
  const gate = gateOf()
  positions = Array.from({ length: 17 }, (_, index) => positionOf({ id: `p${index}` }))
  answer = async () => {
    await gate.promise
    return { status: 'CONFIRMED' }
  }
  await tick('60')
  await clock.advance(30_001)
  gate.resolve()
  await settled()
  expect(orders.length).toBe(16)
  await tick('99')
  await clock.advance(1_000)
  await tick('60')
  await settled()
  expect(orders.map(({ request }) => request.reference?.seq)).toEqual([
    ...Array.from({ length: 16 }, () => 1),
    3,
  ])
})

describe('an agent', () => {
  const other = { ...positionOf(), id: 'p2', agentId: 'a2' }

  test.each([
    ['is paused', { status: 'paused', config: {} }],
    ['has a status that nobody knows', { status: '', config: {} }],
    ['has a config that cannot be read', { status: 'active', config: { stopLoss: 'yes' } }],
    [
      'has a config that contradicts itself',
      { status: 'active', config: { stopLoss: { initialPercent: '5' } } },
    ],
    ['is unknown', undefined],
  ])('that %s does not trade; the others do', async (_, agent) => {
    positions = [positionOf(), other]
    agents = new Map([['a2', { status: 'active', config: {} }]])
    if (agent) agents.set(positionOf().agentId, agent)
    await tick('10')
    expect(orders.map(({ request }) => request.agentId)).toEqual(['a2'])
  })

  test('that is activated again trades with the next tick, by the peak that was reached meanwhile', async () => {
    agents.set(positionOf().agentId, { status: 'paused', config: {} })
    await tick('200')
    await tick('190')
    expect(orders).toEqual([])
    agents.set(positionOf().agentId, { status: 'active', config: {} })
    await tick('190')
    expect(orders[0]?.request).toMatchObject({ reason: 'stop_loss' })
  })
})

describe('take profit and purchases', () => {
  test('a level sells its share and says which level it was', async () => {
    await tick('150')
    expect(orders[0]?.key).toBe(`exit:${positionOf().id}:1:take_profit:1`)
    expect(orders[0]?.request).toMatchObject({
      side: 'sell',
      amount: '2.5',
      levels: [0],
      reason: 'take_profit',
    })
  })

  test('a fall buys more of the position, if the config says so', async () => {
    agents.set(positionOf().agentId, { status: 'active', config: { dca: { template: 'moderate' } } })
    await tick('80')
    expect(orders[0]?.key).toBe(`exit:${positionOf().id}:1:dca:1`)
    expect(orders[0]?.request).toMatchObject({ side: 'buy', reason: 'dca', positionId: positionOf().id })
  })
})

describe('what does not get through', () => {
  test('fails: another order, when the wait is over, at a fresh price', async () => {
    answer = async () => ({ status: 'FAILED' })
    await tick('60')
    await settled()
    await tick('61')
    expect(orders.length).toBe(1)
    await clock.advance(250)
    await tick('59')
    expect(orders.map(({ key }) => key.split(':').at(-1))).toEqual(['1', '2'])
    expect(orders[1]?.request.reference?.price).toBe('59')
  })

  test('because the position has moved on: decided anew, on what it is now', async () => {
    answer = async () => {
      // Somebody sold a part of it.
      positions = [positionOf({ version: 2, amount: '4' })]
      throw new DeskError('POSITION_CHANGED', 'changed')
    }
    await tick('60')
    await settled()
    answer = async () => ({ status: 'CONFIRMED' })
    // Without a wait: nothing was tried on this version yet.
    await tick('60')
    expect(orders.map(({ key }) => key.split(':').slice(2).join(':'))).toEqual([
      '1:stop_loss:1',
      '2:stop_loss:1',
    ])
    expect(orders.map(({ request }) => request.expectedVersion)).toEqual([1, 2])
  })

  test('is tried again without a tick, as long as the price is fresh', async () => {
    answer = async () => ({ status: 'FAILED' })
    await tick('60')
    await clock.advance(1_000)
    expect(orders.length).toBe(2)
    answer = async () => ({ status: 'CONFIRMED' })
    await clock.advance(1_000)
    await clock.advance(1_000)
    expect(orders.length).toBe(3)
    await clock.advance(20_000)
    expect(orders.length).toBe(3)
  })

  test('is tried again and again without a tick, ever later', async () => {
    answer = async () => ({ status: 'FAILED' })
    await tick('60')
    const madeBy: number[] = []
    for (let second = 1; second <= 29; second++) {
      await clock.advance(1_000)
      madeBy.push(orders.length)
    }
    // Waits of 0.25, 0.5, 1, 2, 4, 8 and 16 s, at the looks that come once a second.
    expect([madeBy[0], madeBy[1], madeBy[3], madeBy[9], madeBy[19]]).toEqual([2, 3, 4, 6, 7])
    expect(orders.every(({ request }) => request.reference?.price === '60')).toBe(true)
  })

  test('because the agent was paused meanwhile is no failure any more', async () => {
    answer = () => Promise.reject(new DeskError('AGENT_PAUSED', 'paused'))
    await tick('60')
    await settled()
    expect(exits.failing().size).toBe(1)
    agents.set(positionOf().agentId, { status: 'paused', config: {} })
    await tick('60')
    expect(exits.failing().size).toBe(0)
  })

  test('its outcome is not known: the same key, so that the order is the same', async () => {
    answer = async () => ({ status: 'UNKNOWN' })
    await tick('60')
    await clock.advance(1_000)
    await tick('59')
    expect(new Set(orders.map(({ key }) => key)).size).toBe(1)
  })

  test.each([
    new Error('the database is away'),
    new DeskError('TRADE_IN_PROGRESS', 'wait', { retryAfterMs: 500 }),
  ])('the desk does not know: the same key (%s)', async (error) => {
    answer = () => Promise.reject(error)
    await tick('60')
    await clock.advance(1_000)
    expect(orders.length).toBeGreaterThan(1)
    expect(new Set(orders.map(({ key }) => key)).size).toBe(1)
  })

  test('again and again is told to whoever asks', async () => {
    answer = () => Promise.reject(new DeskError('PRICE_IMPACT_TOO_HIGH', 'no'))
    for (let count = 0; count < 4; count++) {
      await tick('60')
      await clock.advance(5_000)
    }
    expect(exits.failing().get(positionOf().id)).toBeGreaterThanOrEqual(3)
  })

  test('because positions cannot be read is made up for when they can', async () => {
    brokenReads = true
    await tick('60')
    await tick('60')
    expect(orders).toEqual([])
    brokenReads = false
    await clock.advance(1_000)
    expect(orders.length).toBe(1)
    expect(logged.map(({ msg }) => msg).filter((msg) => msg?.startsWith('holding prices'))).toEqual([
      'holding prices against positions: it fails',
      'holding prices against positions: it works again',
    ])
  })
})

describe('positions that cannot be read in time', () => {
  test('hold the feed up for a second at most; what is late is held at the last price there is by then', async () => {
    const gate = gateOf()
    slowReads = gate.promise
    let isTaken = false
    const taking = tick('60').then(() => (isTaken = true))
    await clock.advance(999)
    expect(isTaken).toBe(false)
    await clock.advance(1)
    await taking
    // The following ticks do not wait at all.
    await tick('200')
    await tick('61')
    expect(orders).toEqual([])
    slowReads = undefined
    gate.resolve()
    await settled()
    expect(orders.map(({ request }) => request.reference?.price)).toEqual(['61'])
    await tick('62')
    expect(orders.length).toBe(1)
  })
})

describe('a silent feed', () => {
  test('of 60 s: nothing is sold on the old price, also where an attempt is due', async () => {
    answer = async () => ({ status: 'FAILED' })
    await tick('60')
    await settled()
    expect(orders.length).toBe(1)
    // The last attempts are made while the price is fresh; then there is silence.
    await clock.advance(30_000)
    const madeFresh = orders.length
    await clock.advance(30_000)
    expect(orders.length).toBe(madeFresh)
    answer = async () => ({ status: 'CONFIRMED' })
    await clock.advance(300_000)
    expect(orders.length).toBe(madeFresh)
    await tick('59')
    expect(orders.length).toBe(madeFresh + 1)
  })

  test('a tick that waited for its turn for more than 30 s decides nothing', async () => {
    const late = board.record({
      chain: SOL.chain,
      asset: SOL.asset,
      price: '60',
      quantity: '1',
      eventTimeMs: T0,
    })
    await clock.advance(30_001)
    await exits.take({ tick: { ...SOL, price: '60', quantity: '1', eventTimeMs: T0 }, price: late })
    expect(orders).toEqual([])
  })
})

describe('peaks', () => {
  test('are stored when they moved far, once a second, and all of them at the end', async () => {
    await tick('100.05')
    await clock.advance(1_000)
    expect(stored).toEqual([])
    await tick('101')
    await clock.advance(1_000)
    expect(stored).toMatchObject([{ peakPrice: '101', lowPrice: '100' }])
    await tick('101.01')
    await exits.close()
    expect(stored.at(-1)).toMatchObject({ peakPrice: '101.01' })
  })

  test('the stop follows each of them, stored or not', async () => {
    // 25 % gain: the stop is at 15 %.
    await tick('125')
    await tick('115.01')
    expect(orders).toEqual([])
    await tick('115')
    expect(orders[0]?.request.reason).toBe('stop_loss')
  })
})

describe('a replay', () => {
  beforeEach(async () => {
    await exits.close()
    exits = begin('replay')
  })

  test('waits for the order before the next tick', async () => {
    const gate = gateOf()
    answer = async () => {
      await gate.promise
      return { status: 'CONFIRMED' }
    }
    let isTaken = false
    const taking = tick('60').then(() => (isTaken = true))
    await settled()
    expect([orders.length, isTaken]).toEqual([1, false])
    gate.resolve()
    await taking
  })

  test('counts waits and ages in the time of the market', async () => {
    answer = async () => ({ status: 'FAILED' })
    await tick('60', SOL, T0)
    await clock.advance(10_000)
    // No time has passed on the market.
    await tick('60', SOL, T0 + 249)
    expect(orders.length).toBe(1)
    await tick('60', SOL, T0 + 250)
    expect(orders.length).toBe(2)
  })

  test('closes what is stale by the dates of the market', async () => {
    positions = [positionOf({ openedAtMs: T0 })]
    await tick('105', SOL, T0 + 60 * 60_000 - 1)
    expect(orders).toEqual([])
    await tick('105', SOL, T0 + 60 * 60_000)
    expect(orders[0]?.request.reason).toBe('stale')
  })
})

test('after the end nothing is decided any more', async () => {
  await exits.close()
  await tick('1')
  await clock.advance(10_000)
  expect([orders.length, clock.pending, reads]).toEqual([0, 0, 0])
})

test('an exit that comes after somebody else closed the position leaves nothing to be tried again', async () => {
  const gate = gateOf()
  answer = async () => {
    await gate.promise
    throw new DeskError('POSITION_CLOSED', 'It is closed.')
  }
  await tick('60')
  expect(orders).toHaveLength(1)
  positions = []
  await tick('59')
  gate.resolve()
  await settled()
  expect(exits.failing().size).toBe(0)
  // The asset is looked at once more, and found empty.
  await clock.advance(2_000)
  const before = reads
  await clock.advance(5_000)
  expect(reads).toBe(before)
})
