import type { ReactElement } from 'react'
import type { Keyspace } from '../api/shapes.ts'
import { formatShare } from '../format/count.ts'
import { countOf, missesOf, readsOf } from './keyspace-counts.ts'

/** Reads by the tier that answered them, as shares of one bar. The pattern tells the tiers apart without colour. */
export function TierBar({ keyspace }: { keyspace: Keyspace }): ReactElement {
  const parts = tierShares(keyspace)
  const words = parts.map(({ name, share }) => `${name} ${formatShare(share)}`).join(', ')
  return (
    <div className="tier-bar" title={readsOf(keyspace) === 0 ? 'No reads yet' : words}>
      {parts.map(
        ({ tier, share }) => share > 0 && <span key={tier} data-tier={tier} style={{ flexGrow: share }} />,
      )}
    </div>
  )
}

/** The share of reads that each tier answered; all 0 before the first read. */
export function tierShares(keyspace: Keyspace): readonly { tier: string; name: string; share: number }[] {
  const reads = Math.max(1, readsOf(keyspace))
  return [
    { tier: 'l1', name: 'L1', share: countOf(keyspace, 'l1Hits') / reads },
    { tier: 'l2', name: 'L2', share: countOf(keyspace, 'l2Hits') / reads },
    { tier: 'source', name: 'source', share: missesOf(keyspace) / reads },
  ]
}
