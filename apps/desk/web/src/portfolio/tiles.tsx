import type { ReactElement, ReactNode } from 'react'
import type { Worth } from '../api/trading-shapes.ts'
import { Change } from '../market/change.tsx'
import { Cash } from '../money/amount.tsx'

/** What an agent is worth in one currency, and how it came to it. */
export function Tiles({ worth, testId }: { worth: Worth; testId: string }): ReactElement {
  const { currency } = worth
  const cash = (amount: string, name: string, signed = false): ReactElement => (
    <Cash
      amount={amount}
      currency={currency}
      showCurrency={false}
      signed={signed}
      testId={`${testId}-${name}`}
    />
  )
  return (
    <dl className="tiles" data-testid={testId}>
      <Tile name="Value" note={currency} strong>
        {cash(worth.value, 'value')}
      </Tile>
      <Tile name="Profit" note={<Change percent={worth.profitPercent} />} strong>
        {cash(worth.profit, 'profit', true)}
      </Tile>
      <Tile name="In positions">{cash(worth.positionsValue, 'positions')}</Tile>
      <Tile name="Cash">{cash(worth.cash, 'cash')}</Tile>
      <Tile name="Unrealised">{cash(worth.unrealised, 'unrealised', true)}</Tile>
      <Tile name="Realised">{cash(worth.realised, 'realised', true)}</Tile>
      <Tile name="Deposited">{cash(worth.deposits, 'deposits')}</Tile>
    </dl>
  )
}

function Tile({
  name,
  note,
  strong = false,
  children,
}: {
  name: string
  note?: ReactNode
  strong?: boolean
  children: ReactNode
}): ReactElement {
  return (
    <div data-strong={strong || undefined}>
      <dt>{name}</dt>
      <dd>
        {children} {note !== undefined && <span className="panel-note">{note}</span>}
      </dd>
    </div>
  )
}
