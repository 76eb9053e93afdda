import { memo, type ReactElement } from 'react'
import type { Transaction } from '../api/trading-shapes.ts'
import { MISSING } from '../format/decimal.ts'
import { sentence } from '../form/field-errors.ts'
import { formatClock, formatDay, formatMoment } from '../format/time.ts'
import { hrefOf } from '../router/route.ts'
import { AssetAmount, Cash, PriceAmount } from '../money/amount.tsx'
import { reasonWords } from './reasons.ts'
import { StatusMark } from './status-mark.tsx'

const TYPES: Readonly<Record<Transaction['type'], string>> = { DEPOSIT: 'Deposit', BUY: 'Buy', SELL: 'Sell' }

/** One transaction, or an order that is not final. */
export const TransactionRow = memo(function TransactionRow({
  transaction,
}: {
  transaction: Transaction
}): ReactElement {
  const { type, status, chain, asset, symbol, quote, baseAmount, quoteAmount, price, fee, realised, error } =
    transaction
  const atMs = Date.parse(transaction.at)
  return (
    <tr className="line" data-testid={`transaction-${transaction.id}`} data-type={type} data-status={status}>
      <td className="cell-time">
        <time dateTime={transaction.at} title={formatMoment(atMs)}>
          {formatDay(atMs)} {formatClock(atMs)}
        </time>
      </td>
      <th scope="row" className="cell-what">
        <span className="side" data-type={type}>
          {TYPES[type]}
        </span>{' '}
        {type === 'DEPOSIT' ? quote : <a href={hrefOf({ screen: 'asset', chain, asset })}>{symbol}</a>}
      </th>
      <td className="cell-amount">{baseAmount === null ? MISSING : <AssetAmount amount={baseAmount} />}</td>
      <td className="cell-price">
        <PriceAmount price={price} />
      </td>
      <td className="cell-value">
        <Cash amount={quoteAmount} currency={quote} />
      </td>
      <td className="cell-fee">
        {type === 'DEPOSIT' ? MISSING : <Cash amount={fee} currency={quote} showCurrency={false} />}
      </td>
      <td className="cell-profit">
        <Cash amount={realised} currency={quote} signed showCurrency={false} />
      </td>
      <td className="cell-why">{type === 'DEPOSIT' ? '' : reasonWords(transaction.reason)}</td>
      <td className="cell-status">
        <StatusMark status={status} />
        {error && <p className="failure">{sentence(error.message)}</p>}
      </td>
    </tr>
  )
})
