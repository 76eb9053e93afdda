import type { Interval } from '../api/shapes.ts'
import { createCell, type Cell } from '../cell.ts'

/** How somebody likes to see charts; it stays while they go from asset to asset. */
export interface ChartView {
  readonly interval: Interval
  readonly style: 'candles' | 'line'
}

/** The view of this page. */
export const chartView: Cell<ChartView> = createCell<ChartView>({ interval: '1m', style: 'candles' })
