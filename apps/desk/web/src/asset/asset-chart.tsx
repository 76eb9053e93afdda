import { useState, type KeyboardEvent, type ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { PriceChart } from '../chart/price-chart.tsx'
import { chartView } from '../chart/view.ts'
import { zoomed } from '../chart/zoom.ts'
import { Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { INTERVAL_MS, INTERVAL_NAMES } from '../market/candles.ts'
import { useCandles } from '../market/use-candles.ts'
import { CandleReadout } from './candle-readout.tsx'
import { ChartControls } from './chart-controls.tsx'

/** The chart of an asset with its controls, and the figures of the candle under the crosshair. */
export function AssetChart({ asset }: { asset: Asset }): ReactElement {
  const { interval, style } = useCell(chartView)
  const { candles, query } = useCandles(asset.chain, asset.asset, interval)
  const [inspected, setInspected] = useState<number | null>(null)
  const [span, setSpan] = useState<number | null>(null)
  const [fit, setFit] = useState(60)

  const zoom = (direction: 1 | -1): void => setSpan(zoomed(span ?? fit, direction, candles?.length ?? 0))
  const onKeyDown = ({ key }: KeyboardEvent): void => {
    if (key === '+' || key === '=') zoom(1)
    if (key === '-') zoom(-1)
  }
  const candle = candles?.[inspected ?? candles.length - 1]

  return (
    <div className="asset-chart" onKeyDown={onKeyDown}>
      <ChartControls onZoom={zoom} />
      <CandleReadout candle={candle} interval={interval} live={inspected === null} />
      <div className="asset-chart-frame">
        {candles && candles.length > 0 ? (
          <PriceChart
            candles={candles}
            intervalMs={INTERVAL_MS[interval]}
            style={style}
            span={span}
            label={`${asset.symbol} in ${asset.quote}, ${INTERVAL_NAMES[interval]} per candle. Arrow keys read candle by candle.`}
            testId="chart"
            onInspect={setInspected}
            onFit={setFit}
          />
        ) : query.isError ? (
          <Notice error={query.error} onRetry={() => void query.refetch()} />
        ) : query.isPending ? (
          <Skeleton rows={9} label={`Loading the chart of ${asset.symbol}`} />
        ) : (
          <p className="empty">No trades of {asset.symbol} yet. The chart starts with the first one.</p>
        )}
      </div>
    </div>
  )
}
