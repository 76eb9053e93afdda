import { useCallback, useMemo, useSyncExternalStore } from 'react'
import { useDesk } from '../desk-context.ts'
import { assetKey } from './asset-key.ts'

const NONE = ''

/** The last prices of several assets, in their order; null for one without a price. Re-renders when one moves. */
export function useLivePrices(
  assets: readonly { readonly chain: string; readonly asset: string }[],
): readonly (string | null)[] {
  const { prices } = useDesk()
  const cells = useMemo(() => assets.map((asset) => prices.of(assetKey(asset))), [assets, prices])
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = cells.map((cell) => cell.subscribe(listener))
      return () => stops.forEach((stop) => stop())
    },
    [cells],
  )
  // One text, so that two looks at the same prices are equal.
  const joined = useSyncExternalStore(subscribe, () =>
    cells.map((cell) => cell.get()?.price.price ?? NONE).join(' '),
  )
  return useMemo(
    () => (cells.length === 0 ? [] : joined.split(' ').map((price) => (price === NONE ? null : price))),
    [cells, joined],
  )
}
