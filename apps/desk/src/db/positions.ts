import { and, asc, desc, eq, inArray, lt, sql, type SQL } from 'drizzle-orm'
import { currencyDecimals } from '../domain/currencies.ts'
import * as decimal from '../domain/decimal.ts'
import type { Position } from '../domain/position.ts'
import type { Session } from './database.ts'
import { agents, assets, positions } from './schema.ts'

/** The open positions of each agent, in the order of `agentIds`; the oldest first. */
export async function listOpenPositions(tx: Session, agentIds: readonly string[]): Promise<Position[][]> {
  const found = await select(tx, and(inArray(positions.agentId, [...agentIds]), isOpen)).orderBy(
    asc(positions.openedAt),
    asc(positions.id),
  )
  const read = found.map(toPosition)
  return agentIds.map((agentId) => read.filter((position) => position.agentId === agentId))
}

/** All open positions of an asset, of everybody: what an exit engine must never see a part of. */
export async function listExposure(tx: Session, chain: string, asset: string): Promise<Position[]> {
  const found = await select(tx, and(eq(positions.chain, chain), eq(positions.asset, asset), isOpen)).orderBy(
    asc(positions.openedAt),
    asc(positions.id),
  )
  return found.map(toPosition)
}

/** Closed positions of an agent, the last one first. */
export async function listClosedPositions(tx: Session, agentId: string, limit: number): Promise<Position[]> {
  const found = await select(tx, and(eq(positions.agentId, agentId), eq(positions.status, 'closed')))
    .orderBy(desc(positions.closedAt), desc(positions.id))
    .limit(limit)
  return found.map(toPosition)
}

/** Which position an order means. */
export type PositionQuery = { readonly id: string } | { readonly chain: string; readonly asset: string }

/** The agent's position that is meant: the one with this id, or the last one of this asset. Open or closed; or null. */
export async function findPosition(
  tx: Session,
  agentId: string,
  query: PositionQuery,
): Promise<Position | null> {
  const which =
    'id' in query
      ? eq(positions.id, query.id)
      : and(eq(positions.chain, query.chain), eq(positions.asset, query.asset))
  const [row] = await select(tx, and(eq(positions.agentId, agentId), which))
    .orderBy(desc(isOpen), desc(positions.openedAt))
    .limit(1)
  return row ? toPosition(row) : null
}

/** The position, held until the end of the transaction. @throws Error when there is none */
export async function lockPosition(tx: Session, id: string): Promise<Position> {
  const [row] = await select(tx, eq(positions.id, id)).for('update', { of: positions })
  if (!row) throw new Error(`there is no position ${id}`)
  return toPosition(row)
}

/** Notes a fencing token. False when a later one was noted, or the position is closed: whoever asks comes too late. */
export async function fence(tx: Session, id: string, token: bigint): Promise<boolean> {
  const rows = await tx
    .update(positions)
    .set({ fence: token })
    .where(and(eq(positions.id, id), isOpen, lt(positions.fence, token)))
    .returning({ id: positions.id })
  return rows.length === 1
}

/** Opens a position. Its id. */
export async function insertPosition(
  tx: Session,
  values: Omit<typeof positions.$inferInsert, 'id' | 'status' | 'version' | 'fence'>,
): Promise<string> {
  const [row] = await tx.insert(positions).values(values).returning({ id: positions.id })
  if (!row) throw new Error('INSERT … RETURNING returned no row')
  return row.id
}

/** What a trade changes of a position. */
export type PositionChange = Partial<
  Omit<typeof positions.$inferInsert, 'id' | 'agentId' | 'wallet' | 'chain' | 'asset' | 'version' | 'fence'>
>

/** Changes a position that was locked in this transaction. */
export async function updatePosition(tx: Session, id: string, change: PositionChange): Promise<void> {
  await tx
    .update(positions)
    .set({ ...change, version: sql`${positions.version} + 1` })
    .where(eq(positions.id, id))
}

const isOpen = eq(positions.status, 'open')

function select(tx: Session, where: SQL | undefined) {
  return tx
    .select({
      position: positions,
      userId: agents.userId,
      symbol: assets.symbol,
      quote: assets.quote,
      decimals: assets.decimals,
    })
    .from(positions)
    .innerJoin(agents, eq(agents.id, positions.agentId))
    .innerJoin(assets, and(eq(assets.chain, positions.chain), eq(assets.asset, positions.asset)))
    .where(where)
}

function toPosition({
  position,
  userId,
  symbol,
  quote,
  decimals,
}: Awaited<ReturnType<typeof select>>[number]): Position {
  const { id, agentId, wallet, chain, asset, status, dcaCount, levelsHit, moonbag, version } = position
  return {
    id,
    userId,
    agentId,
    wallet,
    chain,
    asset,
    symbol,
    quote,
    decimals,
    quoteDecimals: currencyDecimals(quote),
    status,
    amount: decimal.canonical(position.amount),
    bought: decimal.canonical(position.bought),
    cost: decimal.canonical(position.cost),
    entryPrice: decimal.canonical(position.entryPrice),
    peakPrice: decimal.canonical(position.peakPrice),
    lowPrice: decimal.canonical(position.lowPrice),
    realised: decimal.canonical(position.realised),
    dcaCount,
    lastDcaAtMs: position.lastDcaAt?.getTime() ?? null,
    levelsHit,
    moonbag,
    version,
    openedAtMs: position.openedAt.getTime(),
    closedAtMs: position.closedAt?.getTime() ?? null,
    closeReason: position.closeReason,
  }
}
