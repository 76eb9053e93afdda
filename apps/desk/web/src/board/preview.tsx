import type { ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import { PriceChart } from '../chart/price-chart.tsx'
import { Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { INTERVAL_MS } from '../market/candles.ts'
import { useCandles } from '../market/use-candles.ts'
import { hrefOf } from '../router/route.ts'

/** The last hour or so of one asset, to be opened for more. */
export function Preview({ asset }: { asset: Asset }): ReactElement {
  const { candles, query } = useCandles(asset.chain, asset.asset, '1m')
  return (
    <section className="panel preview">
      <header className="panel-head">
        <h2>
          {asset.symbol} / {asset.quote}
        </h2>
        <span className="panel-note">1 min</span>
        <a href={hrefOf({ screen: 'asset', chain: asset.chain, asset: asset.asset })}>Open {asset.symbol}</a>
      </header>
      <div className="preview-chart">
        {candles && candles.length > 0 ? (
          <PriceChart
            candles={candles}
            intervalMs={INTERVAL_MS['1m']}
            type="candles"
            testId="chart-preview"
          />
        ) : query.isError ? (
          <Notice error={query.error} onRetry={() => void query.refetch()} />
        ) : query.isPending ? (
          <Skeleton rows={5} label={`Loading the chart of ${asset.symbol}`} />
        ) : (
          <p className="empty">No trades of {asset.symbol} yet.</p>
        )}
      </div>
    </section>
  )
}
