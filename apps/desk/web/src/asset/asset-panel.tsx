import { useEffect, type ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { formatCount } from '../format/count.ts'
import { formatDecimal, MISSING } from '../format/decimal.ts'
import { formatMoment } from '../format/time.ts'
import { Empty } from '../feedback/notice.tsx'
import { BackIcon } from '../icons.tsx'
import { assetKey } from '../market/asset-key.ts'
import { Change } from '../market/change.tsx'
import { PriceText } from '../market/price-text.tsx'
import type { LivePrice } from '../market/prices.ts'
import { Age, StaleMark, TIERS } from '../market/provenance.tsx'
import { hrefOf } from '../router/route.ts'
import { navigate } from '../router/use-route.ts'
import { isTyping } from '../shell/typing.ts'
import { AssetChart } from './asset-chart.tsx'
import { AssetTrading } from './asset-trading.tsx'

/** One asset: its price with where it came from, and its chart. Escape closes it. */
export function AssetPanel({
  chain,
  address,
  asset,
}: {
  chain: string
  address: string
  /** Null when the desk does not trade it. */
  asset: Asset | null
}): ReactElement {
  useEscape()
  return (
    <section className="asset" aria-labelledby="asset-title">
      <a className="back" href={hrefOf({ screen: 'market' })}>
        <BackIcon />
        Market <kbd>Esc</kbd>
      </a>
      {asset ? (
        <Traded asset={asset} />
      ) : (
        <>
          <h1 id="asset-title" tabIndex={-1}>
            Unknown asset
          </h1>
          <Empty title={`The desk does not trade this asset on ${chain}`}>
            <code>{address}</code>
          </Empty>
        </>
      )}
    </section>
  )
}

function Traded({ asset }: { asset: Asset }): ReactElement {
  const live = useCell(useDesk().prices.of(assetKey(asset)))
  useTitle(asset, live)
  return (
    <>
      <header className="asset-head">
        <div className="asset-name">
          <h1 id="asset-title" tabIndex={-1}>
            {asset.symbol} <span className="asset-quote">/ {asset.quote}</span>
          </h1>
          <p>
            {asset.name} <span className="mode">{asset.chain}</span>
          </p>
          <code className="asset-address">{asset.asset}</code>
        </div>
        <div className="asset-price">
          <p className="asset-last">
            {live ? (
              <PriceText live={live} decimals={asset.priceDecimals} />
            ) : (
              <span className="waiting">{MISSING}</span>
            )}
            <span className="quote">{asset.quote}</span>
          </p>
          <p>
            <Change percent={live?.price.change24h ?? null} /> <span className="panel-note">in 24 h</span>
          </p>
        </div>
      </header>
      <AssetTrading asset={asset} />
      <AssetChart asset={asset} />
      {live && <Provenance live={live} />}
    </>
  )
}

/** Where the shown price came from: the tier, its age, its place in the feed, and the venue's own time. */
function Provenance({ live }: { live: LivePrice }): ReactElement {
  const { tier, seq, eventTime } = live.price
  return (
    <dl className="provenance" aria-label="Where this price came from">
      <div>
        <dt>Served from</dt>
        <dd>
          {TIERS[tier].name} <span className="panel-note">{TIERS[tier].where}</span> <StaleMark live={live} />
        </dd>
      </div>
      <div>
        <dt>Age</dt>
        <dd>
          <Age live={live} />
        </dd>
      </div>
      <div>
        <dt>Tick</dt>
        <dd>{formatCount(seq)}</dd>
      </div>
      <div>
        <dt>Event time</dt>
        <dd>{formatMoment(eventTime)}</dd>
      </div>
    </dl>
  )
}

function useEscape(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const elsewhere = document.querySelector('dialog[open], [popover]:popover-open') !== null
      if (event.key === 'Escape' && !isTyping(event) && !elsewhere) navigate({ screen: 'market' })
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

/** The price in the tab's title, for those who trade in another window. */
function useTitle(asset: Asset, live: LivePrice | null): void {
  const price = live ? `${formatDecimal(live.price.price, live.places)} ` : ''
  useEffect(() => {
    document.title = `${asset.symbol} ${price}· Holdfast Desk`
    return () => {
      document.title = 'Holdfast Desk'
    }
  }, [asset, price])
}
