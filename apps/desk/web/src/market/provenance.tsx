import type { ReactElement } from 'react'
import type { Tier } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { formatAge } from '../format/duration.ts'
import { ageOf, isStale, type LivePrice } from './prices.ts'

/** A tier's short name, as a badge shows it, and where that is. */
export const TIERS: Readonly<Record<Tier, { readonly name: string; readonly where: string }>> = {
  l1: { name: 'L1', where: 'the memory of the desk’s process' },
  l2: { name: 'L2', where: 'the shared store' },
  source: { name: 'source', where: 'the price source itself' },
}

/** Which tier answered. */
export function TierBadge({ tier }: { tier: Tier }): ReactElement {
  const { name, where } = TIERS[tier]
  return (
    <span className="tier" data-tier={tier} title={`Served from ${where}`}>
      {name}
    </span>
  )
}

/** How old the price is, counting on between ticks. */
export function Age({ live }: { live: LivePrice }): ReactElement {
  const { monotonicMs } = useCell(useDesk().now)
  return <>{formatAge(ageOf(live, monotonicMs))}</>
}

/** Says that a price is too old to be taken for the current one; nothing while it is fresh. */
export function StaleMark({ live }: { live: LivePrice }): ReactElement | null {
  const { monotonicMs } = useCell(useDesk().now)
  if (!isStale(live, monotonicMs)) return null
  return (
    <span className="stale" title="Too old to trade on">
      stale
    </span>
  )
}
