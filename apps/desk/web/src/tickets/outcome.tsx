import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, type ReactElement } from 'react'
import type { Trade, Transaction } from '../api/trading-shapes.ts'
import { useDesk } from '../desk-context.ts'
import { formatDecimal } from '../format/decimal.ts'
import { AssetAmount, Cash, PriceAmount } from '../money/amount.tsx'
import { StatusMark } from '../transactions/status-mark.tsx'
import type { OrderReply } from './attempt.ts'
import type { Order } from './order.ts'
import { tradeWords } from './outcome-words.ts'

/** How often an order is asked about that the venue has not answered. */
const ASK_EVERY_MS = 2_000

/** What became of an order. Its button has the focus: Enter and Esc both leave. */
export function Outcome({
  order,
  reply: { trade, replayed },
  onClose,
}: {
  order: Order
  reply: OrderReply
  onClose: () => void
}): ReactElement {
  const done = useRef<HTMLButtonElement>(null)
  useEffect(() => done.current?.focus(), [])
  return (
    <div className="ticket-form" data-testid="ticket-outcome" data-replayed={replayed}>
      {order.kind === 'trade' && trade ? (
        <TradeOutcome agentId={order.agentId} first={trade} replayed={replayed} />
      ) : (
        <Heading title="Deposited" replayed={replayed}>
          {formatDecimal(order.amount ?? '')} are in the agent’s balance.
        </Heading>
      )}
      <footer className="ticket-actions">
        <button
          ref={done}
          type="button"
          className="button button-primary"
          data-testid="ticket-done"
          onClick={onClose}
        >
          Done
        </button>
      </footer>
    </div>
  )
}

function TradeOutcome({
  agentId,
  first,
  replayed,
}: {
  agentId: string
  first: Trade
  replayed: boolean
}): ReactElement {
  const { queries } = useDesk()
  const open = first.status !== 'CONFIRMED' && first.status !== 'FAILED'
  const { data } = useQuery({
    ...queries.trade(agentId, first.intentId),
    enabled: open,
    refetchInterval: ({ state }) => (isFinal(state.data) ? false : ASK_EVERY_MS),
  })
  const trade = data ?? first
  const title =
    trade.status === 'CONFIRMED' ? 'Done' : trade.status === 'FAILED' ? 'Not executed' : 'Not known yet'
  return (
    <>
      <Heading title={title} replayed={replayed}>
        {tradeWords(trade)}
      </Heading>
      <p>
        <StatusMark status={trade.status} />
      </p>
      {trade.transaction ? (
        <Figures transaction={trade.transaction} />
      ) : trade.status === 'FAILED' ? (
        <p>Nothing moved: what was set aside for it is available again.</p>
      ) : (
        <p>
          The desk keeps asking the venue, and this page keeps asking the desk. Do not order it again: the
          money stays set aside until the answer is known.
        </p>
      )}
    </>
  )
}

function Heading({
  title,
  replayed,
  children,
}: {
  title: string
  replayed: boolean
  children: React.ReactNode
}): ReactElement {
  return (
    <header className="ticket-head">
      <h2 id="ticket-title">{replayed ? 'Already done' : title}</h2>
      <output data-testid="outcome-words">{children}</output>
      {replayed && (
        <p className="panel-note">
          The desk had done this order when it was asked before. This time it did nothing.
        </p>
      )}
    </header>
  )
}

function Figures({ transaction }: { transaction: Transaction }): ReactElement {
  const { baseAmount, quoteAmount, price, fee, symbol, quote, realised } = transaction
  return (
    <section className="preview-figures">
      <dl>
        {price !== null && (
          <div>
            <dt>Price</dt>
            <dd>
              <PriceAmount price={price} />
              <span className="currency">{quote}</span>
            </dd>
          </div>
        )}
        {baseAmount !== null && (
          <div>
            <dt>Amount</dt>
            <dd>
              <AssetAmount amount={baseAmount} symbol={symbol} testId="outcome-base" />
            </dd>
          </div>
        )}
        <div>
          <dt>Value</dt>
          <dd>
            <Cash amount={quoteAmount} currency={quote} testId="outcome-quote" />
          </dd>
        </div>
        <div>
          <dt>Fee</dt>
          <dd>
            <Cash amount={fee} currency={quote} />
          </dd>
        </div>
        {realised !== null && (
          <div data-strong>
            <dt>Profit, fees included</dt>
            <dd>
              <Cash amount={realised} currency={quote} signed testId="outcome-realised" />
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}

function isFinal(trade: Trade | undefined): boolean {
  return trade?.status === 'CONFIRMED' || trade?.status === 'FAILED'
}
