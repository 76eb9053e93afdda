import { useCallback, useMemo, type KeyboardEvent, type ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import { Empty } from '../feedback/notice.tsx'
import { assetKey, type AssetKey } from '../market/asset-key.ts'
import { navigate } from '../router/use-route.ts'
import { UNARRANGED, type Arrangement, type BoardFilter, type Sort } from './arrange.ts'
import { Row, rowLinkId } from './row.tsx'
import { steppedIndex } from './step.ts'
import { TableHead } from './table-head.tsx'
import { Toolbar } from './toolbar.tsx'
import { useArranged } from './use-arranged.ts'

/** All assets with their live prices. The arrow keys move between rows, Enter opens one. */
export function Board({
  assets,
  active,
  opened,
  arrangement,
  onActive,
  onArrange,
}: {
  assets: readonly Asset[]
  /** The row that Tab reaches. */
  active: AssetKey | null
  opened: AssetKey | null
  arrangement: Arrangement
  onActive: (key: AssetKey) => void
  onArrange: (arrangement: Arrangement) => void
}): ReactElement {
  const { filter, sort } = arrangement
  const arranged = useArranged(assets, filter, sort)
  const onFilter = (next: BoardFilter): void => onArrange({ filter: next, sort })
  const onSort = (next: Sort): void => onArrange({ filter, sort: next })
  const chains = useMemo(() => [...new Set(assets.map(({ chain }) => chain))], [assets])
  const keys = useMemo(() => arranged.map(assetKey), [arranged])
  const reachable = active !== null && keys.includes(active) ? active : keys[0]

  const onKeyDown = useCallback(
    (event: KeyboardEvent, from: AssetKey) => {
      const index = steppedIndex(event.key, keys.indexOf(from), keys.length)
      const key = index === null ? undefined : keys[index]
      if (key === undefined) return
      event.preventDefault()
      document.getElementById(rowLinkId(key))?.focus()
    },
    [keys],
  )

  const enter = (open: boolean): void => {
    const first = arranged[0]
    if (!first) return
    document.getElementById(rowLinkId(assetKey(first)))?.focus()
    if (open) navigate({ screen: 'asset', chain: first.chain, asset: first.asset })
  }

  return (
    <section className="board" aria-label="Price board">
      {assets.length > 1 && (
        <Toolbar {...{ filter, chains, sort }} {...{ onFilter, onSort }} onEnter={enter} />
      )}
      <div className="board-scroll">
        <table className="board-table" aria-label="Assets and their live prices">
          <TableHead sort={sort} onSort={onSort} />
          <tbody>
            {arranged.map((asset) => {
              const key = assetKey(asset)
              return (
                <Row
                  key={key}
                  asset={asset}
                  reachable={key === reachable}
                  opened={key === opened}
                  {...{ onActive, onKeyDown }}
                />
              )
            })}
          </tbody>
        </table>
        {arranged.length === 0 && (
          <Empty title="No asset matches">
            Nothing is named “{filter.text.trim()}”{filter.chain && ` on ${filter.chain}`}.{' '}
            <button type="button" className="link-button" onClick={() => onFilter(UNARRANGED.filter)}>
              Show all {assets.length}
            </button>
          </Empty>
        )}
      </div>
    </section>
  )
}
