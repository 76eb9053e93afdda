import { useEffect, useMemo, useState } from 'react'
import type { Asset } from '../api/shapes.ts'
import { every } from '../clock.ts'
import { useDesk } from '../desk-context.ts'
import { assetKey } from '../market/asset-key.ts'
import { ageOf, type LivePrice } from '../market/prices.ts'
import { filterAssets, isLiveColumn, sortAssets, type BoardFilter, type Sort } from './arrange.ts'

/** Rows that change places faster than this cannot be read or clicked. */
const REORDER_EVERY_MS = 2_000

/** The assets to show, in order. An order by a live column is refreshed every two seconds. */
export function useArranged(assets: readonly Asset[], filter: BoardFilter, sort: Sort): readonly Asset[] {
  const { prices, clock } = useDesk()
  const [readAt, setReadAt] = useState(() => clock.now())
  const live = sort !== null && isLiveColumn(sort.column)
  useEffect(() => {
    if (!live) return undefined
    const timer = every(clock, REORDER_EVERY_MS, () => setReadAt(clock.now()))
    return () => timer.cancel()
  }, [clock, live])
  return useMemo(() => {
    const priceOf = (asset: Asset): LivePrice | null => prices.of(assetKey(asset)).get()
    return sortAssets(filterAssets(assets, filter), sort, priceOf, (price) => ageOf(price, readAt))
  }, [assets, filter, sort, prices, readAt])
}
