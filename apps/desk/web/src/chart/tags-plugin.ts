import uPlot from 'uplot'
import { formatMinute, formatDay } from '../format/time.ts'
import { decimalsFor } from './axis-labels.ts'
import type { Palette } from './palette.ts'

const FONT_PX = 11
const PADDING_PX = 5
const HALF_HEIGHT_PX = 9

/** What the tags say. */
export interface TagSource {
  readonly palette: Palette
  /** The last price: where it is drawn, and exactly how it is written. */
  readonly last: () => { readonly price: number; readonly text: string } | null
}

/** Marks the last price on the price axis, and price and time under the crosshair. */
export function tagsPlugin(source: TagSource): uPlot.Plugin {
  const priceTag = document.createElement('div')
  const timeTag = document.createElement('div')
  priceTag.className = 'chart-tag chart-tag-price'
  timeTag.className = 'chart-tag chart-tag-time'
  priceTag.hidden = timeTag.hidden = true
  return {
    hooks: {
      init: (chart) => chart.over.append(priceTag, timeTag),
      draw: (chart) => drawLast(chart, source),
      setCursor: (chart) => {
        const { left = -1, top = -1, idx } = chart.cursor
        const second = idx === null || idx === undefined ? undefined : chart.data[0][idx]
        const shown = left >= 0 && top >= 0 && second !== undefined
        priceTag.hidden = timeTag.hidden = !shown
        if (!shown) return
        priceTag.textContent = chart.posToVal(top, 'price').toFixed(visibleDecimals(chart))
        priceTag.style.top = `${top}px`
        timeTag.textContent = `${formatDay(second * 1000)} ${formatMinute(second * 1000)}`
        timeTag.style.left = `${chart.valToPos(second, 'x')}px`
      },
    },
  }
}

/** One decimal more than a hundredth of the visible range needs is noise. */
function visibleDecimals(chart: uPlot): number {
  const { min, max } = chart.scales['price'] ?? {}
  return decimalsFor(((max ?? 0) - (min ?? 0)) / 100)
}

function drawLast(chart: uPlot, source: TagSource): void {
  const last = source.last()
  if (!last) return
  const { ctx, bbox } = chart
  const ratio = uPlot.pxRatio
  const y = Math.round(chart.valToPos(last.price, 'price', true))
  const right = bbox.left + bbox.width
  if (!(y >= bbox.top && y <= bbox.top + bbox.height)) return
  const { tag, tagText, font } = source.palette
  ctx.save()
  ctx.strokeStyle = tag
  ctx.lineWidth = ratio
  ctx.setLineDash([2 * ratio, 3 * ratio])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(right, y)
  ctx.stroke()
  ctx.font = `600 ${FONT_PX * ratio}px ${font}`
  const width = ctx.measureText(last.text).width + 2 * PADDING_PX * ratio
  ctx.fillStyle = tag
  ctx.fillRect(right, y - HALF_HEIGHT_PX * ratio, width, 2 * HALF_HEIGHT_PX * ratio)
  ctx.fillStyle = tagText
  ctx.textAlign = 'left'
  ctx.textBaseline = 'middle'
  ctx.fillText(last.text, right + PADDING_PX * ratio, y + ratio / 2)
  ctx.restore()
}
