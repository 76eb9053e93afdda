import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import { AssetPanel } from '../asset/asset-panel.tsx'
import { useDesk } from '../desk-context.ts'
import { Empty, Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { assetKey, type AssetKey } from '../market/asset-key.ts'
import { useMarketData } from '../market/use-market-data.ts'
import { useMediaQuery } from '../shell/use-media-query.ts'
import { useTradeKeys } from '../tickets/use-trade-keys.ts'
import { UNARRANGED } from './arrange.ts'
import { Board } from './board.tsx'
import { Overview } from './overview.tsx'
import { rowLinkId } from './row.tsx'

/** Room for the board and something beside it. */
const WIDE = '(min-width: 1100px)'

/** The board; an opened asset stands beside it where there is room, and in its place where there is not. */
export function MarketScreen({
  opened,
}: {
  opened: { readonly chain: string; readonly asset: string } | null
}): ReactElement {
  useMarketData()
  const { queries } = useDesk()
  const wide = useMediaQuery(WIDE)
  const assets = useQuery(queries.assets)
  const [active, setActive] = useState<AssetKey | null>(null)
  // Kept here, because a phone shows the asset in the board's place.
  const [arrangement, setArrangement] = useState(UNARRANGED)
  const openedKey = opened && assetKey(opened)
  useReturnToRow(openedKey)

  const list = assets.data
  useFirstRow(opened || !list?.[0] ? null : assetKey(list[0]))
  const shown = list?.find((asset) => assetKey(asset) === (openedKey ?? active)) ?? list?.[0]
  useAssetKeys(shown)
  if (!list) {
    return (
      <div className="market">
        <section className="board" aria-label="Price board">
          <h1 className="visually-hidden" tabIndex={-1}>
            Market
          </h1>
          {assets.isError ? (
            <Notice error={assets.error} onRetry={() => void assets.refetch()} />
          ) : (
            <Skeleton rows={18} label="Loading the assets" />
          )}
        </section>
      </div>
    )
  }
  return (
    <div className="market" data-opened={opened !== null}>
      {!opened && (
        <h1 className="visually-hidden" tabIndex={-1}>
          Market
        </h1>
      )}
      {list.length === 0 && !opened && (
        <Empty title="No assets">The desk trades no assets yet. Check its price source and its log.</Empty>
      )}
      {list.length > 0 && (wide || !opened) && (
        <Board
          assets={list}
          active={openedKey ?? active}
          opened={openedKey}
          arrangement={arrangement}
          onActive={setActive}
          onArrange={setArrangement}
        />
      )}
      {opened && openedKey && (
        <AssetPanel
          key={openedKey}
          chain={opened.chain}
          address={opened.asset}
          asset={list.find((asset) => assetKey(asset) === openedKey) ?? null}
        />
      )}
      {!opened && wide && shown && <Overview asset={shown} />}
    </div>
  )
}

/** `b` and `s` trade the asset that is opened or selected. */
function useAssetKeys(shown: Asset | undefined): void {
  useTradeKeys(
    useMemo(() => {
      if (!shown) return { buy: null, sell: null }
      const { chain, asset } = shown
      return { buy: { action: 'buy', chain, asset }, sell: { action: 'sell', chain, asset } }
    }, [shown]),
  )
}

/** Where nothing has the focus when the board comes, as after signing in, its first row takes it: the arrow keys work. */
function useFirstRow(first: AssetKey | null): void {
  useEffect(() => {
    if (first !== null && document.activeElement === document.body) {
      document.getElementById(rowLinkId(first))?.focus()
    }
  }, [first])
}

/** When an asset is closed and the focus went with it, its row takes the focus. */
function useReturnToRow(openedKey: AssetKey | null): void {
  const before = useRef(openedKey)
  useEffect(() => {
    const closed = before.current
    before.current = openedKey
    if (openedKey !== null || closed === null) return
    if (document.activeElement === document.body) document.getElementById(rowLinkId(closed))?.focus()
  }, [openedKey])
}
