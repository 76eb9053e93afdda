import { useState, type ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { PriceChart } from '../chart/price-chart.tsx'
import { chartView } from '../chart/view.ts'
import { Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { INTERVAL_MS, INTERVAL_NAMES } from '../market/candles.ts'
import { useCandles } from '../market/use-candles.ts'
import { CandleReadout, candleWords } from './candle-readout.tsx'
import { ChartControls } from './chart-controls.tsx'

/** The chart of an asset with its controls, and the figures of the candle under the crosshair. */
export function AssetChart({ asset }: { asset: Asset }): ReactElement {
  const { interval, type } = useCell(chartView)
  const { candles, query } = useCandles(asset.chain, asset.asset, interval)
  const [inspected, setInspected] = useState<number | null>(null)
  const [zoom, setZoom] = useState(0)
  const candle = candles?.[inspected ?? candles.length - 1]

  return (
    <div className="asset-chart">
      <ChartControls zoom={zoom} onZoom={setZoom} />
      <CandleReadout candle={candle} interval={interval} live={inspected === null} />
      <div className="asset-chart-frame">
        {candles && candles.length > 0 ? (
          <PriceChart
            candles={candles}
            intervalMs={INTERVAL_MS[interval]}
            type={type}
            testId="chart"
            zoom={zoom}
            onZoom={setZoom}
            inspection={{
              label: `Candle of ${asset.symbol} in ${asset.quote}, ${INTERVAL_NAMES[interval]} each`,
              index: inspected,
              text: candle ? candleWords(candle, interval) : '',
              onChange: setInspected,
            }}
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
