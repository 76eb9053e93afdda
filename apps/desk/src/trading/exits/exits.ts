/**
 * Exits: each tick is held against every open position of its asset; what the rules decide is traded.
 *
 * Guarantee: what a tick decides is executed at most once, however many processes see it, because the order's key
 * names the position, its version and the rule. No open position is passed over: `exposure` always holds all of an
 * asset's. Nothing is decided on a price that was received more than 30 s ago, nor for an agent that is not known
 * to be active.
 *
 * Mechanism: the feed waits for the evaluation, so ticks are held against positions in their order and none is left
 * out. It does not wait for the trade, of which a position has one at a time. A replay does wait, and so gives the
 * same trades with each run. What did not get through is tried again at the next tick or, when none comes, once a
 * second for as long as the price is fresh.
 *
 * Limit: while positions or agents cannot be read, nothing is decided, and peaks of that time are not seen.
 */
import { type Clock, every, type Immutable } from 'holdfast'
import type { Logger } from 'pino'
import * as decimal from '../../domain/decimal.ts'
import type { Position } from '../../domain/position.ts'
import type { AssetId, Board } from '../../market/board.ts'
import type { PriceChange } from '../../market/feed.ts'
import type { Price } from '../../market/price.ts'
import { watchOutage } from '../../ops/outage.ts'
import type { DeskState } from '../../ops/state.ts'
import { withinDeadline } from '../../timing/deadline.ts'
import { decide } from '../rules/evaluate.ts'
import type { Trading } from '../trading.ts'
import { activeRules } from './active-rules.ts'
import { createAttempts, type Outcome } from './attempts.ts'
import { type ExitOrder, exitOrder, outcomeAfter, outcomeOf } from './order.ts'
import type { StorePeaks } from './peak-store.ts'
import { createTurns } from './turns.ts'
import { createWatchlist } from './watchlist.ts'

/** What exits stand on. */
export interface ExitParts {
  readonly state: Pick<DeskState, 'exposure' | 'agent'>
  readonly board: Pick<Board, 'latest'>
  readonly trading: Pick<Trading, 'trade'>
  readonly storePeaks: StorePeaks
  readonly clock: Clock
  readonly log: Logger
  /** `live`: time is the host's, and ticks do not wait for trades. `replay`: time is the market's, and they do. */
  readonly pace: 'live' | 'replay'
}

/** Exits at work. */
export interface Exits {
  /** Resolves when the tick was held against all positions; never rejects. For `feed.react`. */
  take(change: PriceChange): Promise<void>
  /** Positions whose exits do not get through, with how many attempts in a row. */
  failing(): ReadonlyMap<string, number>
  /** Takes no more ticks, waits for the trades in flight, and stores the peaks. */
  close(): Promise<void>
}

/** Older prices decide nothing. */
const FRESH_MS = 30_000
const LOOK_AFTER_MS = 1_000
/** Trades at a time. More would wait for connections to PostgreSQL, and fail there when it takes too long. */
const MOST_TRADES = 16
/** What the feed waits for at most. */
const IN_TIME_MS = 1_000
const CLOSE_TIMEOUT_MS = 10_000

/** Exits that wait for the first tick. */
export function createExits(parts: ExitParts): Exits {
  const { state, board, trading, storePeaks, clock, log, pace } = parts
  const attempts = createAttempts()
  const watchlist = createWatchlist()
  const rulesOf = activeRules(state, log)
  const reading = watchOutage(log, 'holding prices against positions')
  const storing = watchOutage(log, 'storing the peaks of positions')
  const turns = createTurns(MOST_TRADES)
  /** By asset, the positions that were open at its last tick. */
  const open = new Map<string, readonly Immutable<Position>[]>()
  /** Assets whose positions were read from PostgreSQL by this process. */
  const read = new Set<string>()
  /** Assets of positions that something is still to be done for. */
  const unfinished = new Map<string, AssetId>()
  /** Assets whose positions are still being read for a tick that the feed waits for no more. */
  const late = new Set<string>()
  const flights = new Set<Promise<void>>()
  let isClosed = false
  let eventTimeMs = 0

  /** For waiting, and for what is compared with the dates of positions. In a replay both are the market's. */
  const nowMs = (): number => (pace === 'replay' ? eventTimeMs : clock.now())
  const dateMs = (): number => (pace === 'replay' ? eventTimeMs : clock.wall())

  const forgetClosed = (id: AssetId, positions: readonly Immutable<Position>[]): void => {
    const key = keyOf(id)
    const before = open.get(key) ?? []
    // In memory they are one list until something changes.
    if (before === positions) return
    const stillOpen = new Set(positions.map((position) => position.id))
    for (const position of before) {
      if (stillOpen.has(position.id)) continue
      attempts.forget(position.id)
      watchlist.forget(position.id)
    }
    if (positions.length > 0) open.set(key, positions)
    else open.delete(key)
  }

  const give = async (position: Immutable<Position>, { key, request }: ExitOrder): Promise<void> => {
    const outcome = await trading.trade(position.userId, key, request).then(
      (traded) => {
        if (traded.status !== 'CONFIRMED') log.warn({ key, traded }, 'an exit did not get through')
        return outcomeOf(traded)
      },
      (error: unknown) => {
        log.warn({ err: error, key }, 'an exit was refused')
        return outcomeAfter(error)
      },
    )
    await ended(position, outcome)
  }

  const ended = async (position: Immutable<Position>, outcome: Outcome): Promise<void> => {
    if (outcome.kind !== 'done') {
      unfinished.set(keyOf(position), position)
      // The refusal may be about what the position has become meanwhile: read it again.
      await state.exposure.delete(position).catch(() => undefined)
    }
    attempts.end(position, outcome, nowMs())
  }

  const launch = (position: Immutable<Position>, order: ExitOrder): Promise<void> => {
    attempts.begin(position)
    const decidedMs = clock.now()
    const turn = turns.run(() => {
      // What waited too long is decided again, on a price of then.
      const isFresh = clock.now() - decidedMs <= FRESH_MS && !isClosed
      return isFresh ? give(position, order) : ended(position, { kind: 'unclear' })
    })
    const flight = turn.finally(() => flights.delete(flight))
    flights.add(flight)
    return flight
  }

  const positionsOf = async (id: AssetId): Promise<readonly Immutable<Position>[]> => {
    // What the store remembers may be from before the peaks that an earlier process stored at its end.
    if (!read.has(keyOf(id))) {
      const forgotten = await state.exposure.delete(id).catch(() => undefined)
      if (forgotten !== undefined) read.add(keyOf(id))
    }
    return (await state.exposure.get(id)) ?? []
  }

  /** Holds a price against the open positions of its asset. `priceNow` is asked once they are known. */
  const hold = async (id: AssetId, priceNow: () => Price | undefined): Promise<void> => {
    const positions = await positionsOf(id)
    forgetClosed(id, positions)
    if (positions.length === 0) return void unfinished.delete(keyOf(id))
    const active = await rulesOf(positions)
    const price = priceNow()
    if (!price) return
    const at = decimal.parse(price.price, 'price')
    for (const position of positions) {
      const rules = active.get(position.agentId)
      const watched = watchlist.see(position, rules, at)
      if (!rules) {
        attempts.forget(position.id)
        continue
      }
      const attempt = attempts.next(position, nowMs())
      if (attempt === undefined || isClosed) continue
      const [decision] = decide(watched, at, dateMs())
      if (!decision) continue
      const flight = launch(position, exitOrder(position, decision, price, attempt))
      if (pace === 'replay') await flight
    }
    if (positions.some((position) => attempts.isFailing(position.id))) unfinished.set(keyOf(id), id)
    else unfinished.delete(keyOf(id))
  }

  const freshPrice = (id: AssetId): Price | undefined => {
    const latest = board.latest(id)
    return latest && latest.ageMs <= FRESH_MS ? latest.price : undefined
  }

  /**
   * Holds a tick against positions, and lets the feed go on when these cannot be read in time: prices must not stand
   * still because PostgreSQL does. What is late is held at the price that is the last one by then.
   */
  const attendInTime = async (id: AssetId, price: Price): Promise<void> => {
    const key = keyOf(id)
    if (late.has(key)) return void unfinished.set(key, id)
    const attended = attend(id, () => (late.has(key) ? freshPrice(id) : price))
    const isLate = await withinDeadline(clock, IN_TIME_MS, attended, () => new Error('late')).then(
      () => false,
      () => true,
    )
    if (!isLate) return
    late.add(key)
    void attended.then(() => late.delete(key))
  }

  const attend = async (id: AssetId, priceNow: () => Price | undefined): Promise<void> => {
    try {
      await hold(id, priceNow)
      reading.worked()
    } catch (error) {
      reading.failed(error)
      unfinished.set(keyOf(id), id)
    }
  }

  const tryAgain = async (): Promise<void> => {
    const due = [...unfinished.values()].filter((id) => freshPrice(id) !== undefined && !late.has(keyOf(id)))
    for (const id of due) await attend(id, () => freshPrice(id))
  }

  const storeMoved = async (which: 'far' | 'all'): Promise<void> => {
    const moved = watchlist.moved(which)
    if (moved.length === 0) return
    try {
      watchlist.stored(await storePeaks(moved))
      storing.worked()
    } catch (error) {
      storing.failed(error)
    }
  }

  const timer = every(clock, LOOK_AFTER_MS, async () => {
    // A replay is the same with each run: nothing but its ticks decides.
    if (pace === 'live') await tryAgain()
    await storeMoved('far')
  })

  return {
    async take({ tick, price }) {
      if (isClosed) return
      eventTimeMs = Math.max(eventTimeMs, tick.eventTimeMs)
      // A tick that had to wait for its turn too long is no fresh price any more.
      if ((board.latest(tick)?.ageMs ?? 0) > FRESH_MS) return
      await (pace === 'replay' ? attend(tick, () => price) : attendInTime(tick, price))
    },
    failing: attempts.failing,
    async close() {
      if (isClosed) return
      isClosed = true
      timer.cancel()
      const landed = Promise.all(flights).then(() => undefined)
      await withinDeadline(
        clock,
        CLOSE_TIMEOUT_MS,
        landed,
        () => new Error('exits did not end in time'),
      ).catch((error: unknown) =>
        log.warn({ err: error }, 'an exit is still under way; it is settled by reconciliation'),
      )
      await storeMoved('all')
    },
  }
}

function keyOf({ chain, asset }: AssetId): string {
  return `${chain}:${asset}`
}
