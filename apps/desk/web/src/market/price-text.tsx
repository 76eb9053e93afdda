import type { ReactElement } from 'react'
import { formatDecimal, groupedIndex } from '../format/decimal.ts'
import { MoveIcon } from '../icons.tsx'
import type { LivePrice } from './prices.ts'

/**
 * A price with its last move: a triangle says the direction, and the digits that changed are set apart. The exact
 * decimal string is the value of the `<data>` element; on screen it has grouped digits and a steady length.
 */
export function PriceText({
  live,
  decimals = 0,
  testId,
}: {
  live: LivePrice
  /** Decimals of the asset's prices, where they are known. */
  decimals?: number | undefined
  testId?: string
}): ReactElement {
  const { price, direction, places } = live
  const text = formatDecimal(price.price, Math.max(places, decimals))
  const split = groupedIndex(text, live.changedFrom)
  return (
    <span className="price" data-direction={direction}>
      <MoveIcon direction={direction} />
      <data value={price.price} data-testid={testId}>
        {text.slice(0, split)}
        <span className="price-moved">{text.slice(split)}</span>
      </data>
    </span>
  )
}
