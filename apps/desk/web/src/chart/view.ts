import type { Interval } from '../api/shapes.ts'
import { createCell, type Cell } from '../cell.ts'

/** How prices are drawn. */
export type ChartType = 'candles' | 'line'

/** How somebody likes to see charts; it stays while they go from asset to asset. */
export interface ChartView {
  readonly interval: Interval
  readonly type: ChartType
}

/** The view of this page. */
export const chartView: Cell<ChartView> = createCell<ChartView>({ interval: '1m', type: 'candles' })
