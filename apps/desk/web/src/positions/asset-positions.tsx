import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import type { Agent, Asset } from '../api/shapes.ts'
import type { Position } from '../api/trading-shapes.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { assetKey } from '../market/asset-key.ts'
import { AssetAmount, Cash } from '../money/amount.tsx'
import { useAllHoldings } from '../portfolio/use-holdings.ts'
import { hrefOf } from '../router/route.ts'
import { positionAt } from './live-position.ts'
import { Percent } from './percent.tsx'

/** What the person's agents hold of one asset; nothing where they hold none. */
export function AssetPositions({ asset }: { asset: Asset }): ReactElement | null {
  const held = useHeld(asset)
  if (held.length === 0) return null
  return (
    <ul className="asset-positions" aria-label={`Positions in ${asset.symbol}`} data-testid="asset-positions">
      {held.map(({ agent, position }) => (
        <Held key={position.id} agent={agent} position={position} />
      ))}
    </ul>
  )
}

/** The open positions of one asset, and whose they are. */
export function useHeld(asset: {
  readonly chain: string
  readonly asset: string
}): readonly { readonly agent: Agent; readonly position: Position }[] {
  const agents = useQuery(useDesk().queries.agents)
  return useAllHoldings(agents.data).flatMap(({ agent, holdings }) =>
    (holdings?.positions ?? [])
      .filter((position) => position.chain === asset.chain && position.asset === asset.asset)
      .map((position) => ({ agent, position })),
  )
}

function Held({ agent, position }: { agent: Agent; position: Position }): ReactElement {
  const { prices, tickets } = useDesk()
  const live = useCell(prices.of(assetKey(position)))
  const { id, chain, asset, symbol, quote } = position
  const now = positionAt(position, live?.price.price ?? null)
  return (
    <li>
      <a href={hrefOf({ screen: 'agent', id: agent.id, part: 'trading' })}>{agent.name}</a>
      <AssetAmount amount={position.amount} symbol={symbol} />
      <span className="held-value">
        <Cash amount={now.value} currency={quote} />
      </span>
      <span className="held-profit">
        <Cash amount={now.unrealised} currency={quote} signed showCurrency={false} />{' '}
        <Percent percent={now.profitPercent} />
      </span>
      <button
        type="button"
        className="button"
        onClick={() => tickets.show({ action: 'sell', agentId: agent.id, chain, asset, positionId: id })}
      >
        Sell<span className="visually-hidden"> what {agent.name} holds</span>
      </button>
    </li>
  )
}
