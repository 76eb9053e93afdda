import type { ReactElement } from 'react'
import { formatDecimal, MISSING, roundDecimal, signOf } from '../format/decimal.ts'
import { assetPlaces, cashPlaces, pricePlaces } from './places.ts'

/** An amount of cash, rounded for reading. The exact decimal string is the value of the `<data>` element. */
export function Cash({
  amount,
  currency,
  signed = false,
  showCurrency = true,
  testId,
}: {
  amount: string | null | undefined
  currency: string
  /** Shows a plus before gains, and marks the direction. */
  signed?: boolean
  showCurrency?: boolean
  testId?: string | undefined
}): ReactElement {
  if (amount === null || amount === undefined) return <span className="waiting">{MISSING}</span>
  const text = roundDecimal(amount, cashPlaces(currency))
  // What rounds to zero is no gain and no loss.
  const sign = /[1-9]/.test(text) ? signOf(amount) : 0
  return (
    <span className="amount" data-direction={signed ? sign : undefined}>
      <data value={amount} data-testid={testId} title={`${formatDecimal(amount)} ${currency}`}>
        {signed && sign > 0 ? '+' : ''}
        {text}
      </data>
      {showCurrency && <span className="currency">{currency}</span>}
    </span>
  )
}

/** An amount of an asset with about six significant digits. The exact decimal string is the element's value. */
export function AssetAmount({
  amount,
  symbol,
  testId,
}: {
  amount: string
  symbol?: string
  testId?: string | undefined
}): ReactElement {
  return (
    <span className="amount">
      <data value={amount} data-testid={testId} title={formatDecimal(amount)}>
        {roundDecimal(amount, assetPlaces(amount))}
      </data>
      {symbol !== undefined && <span className="currency">{symbol}</span>}
    </span>
  )
}

/** A price with about six significant digits: fills and stops have more than a tick. The exact one is its value. */
export function PriceAmount({ price, testId }: { price: string | null; testId?: string }): ReactElement {
  if (price === null) return <span className="waiting">{MISSING}</span>
  return (
    <data value={price} data-testid={testId} title={formatDecimal(price)}>
      {roundDecimal(price, pricePlaces(price))}
    </data>
  )
}
