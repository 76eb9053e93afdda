import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, type ReactElement } from 'react'
import { problemWords } from '../api/problem.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { formatDecimal } from '../format/decimal.ts'
import { WarningIcon } from '../icons.tsx'
import type { Attempt, AttemptState } from './attempt.ts'
import type { Order } from './order.ts'
import { secondsUntil } from './seconds-until.ts'

/** An order that was sent and has no answer: it may have been done. Asking again cannot do it twice. */
export function Unsettled({
  attempt,
  state,
  onClose,
}: {
  attempt: Attempt
  state: Extract<AttemptState, { kind: 'unsettled' | 'sending' }>
  onClose: () => void
}): ReactElement {
  const { tickets, now } = useDesk()
  const { monotonicMs } = useCell(now)
  const sending = state.kind === 'sending'
  const waitS = sending ? 0 : secondsUntil(state.retryAt, monotonicMs)
  const words = useOrderWords(state.order)
  const again = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!sending) again.current?.focus()
  }, [sending])
  return (
    <div className="ticket-form" data-testid="ticket-unsettled">
      <header className="ticket-head">
        <h2 id="ticket-title">No answer yet</h2>
        <p className="ticket-order">{words}</p>
      </header>
      <div className="ticket-warning" role="alert">
        <WarningIcon />
        <p>{sending ? 'Asking the desk…' : problemWords(state.problem).detail}</p>
      </div>
      <p>
        The order may have been done. Asking again sends the same order under the same key, so the desk
        answers with what it did: it is never done twice.
      </p>
      <footer className="ticket-actions">
        <button
          ref={again}
          type="button"
          className="button button-primary"
          data-testid="ticket-ask-again"
          disabled={sending || waitS > 0}
          onClick={() => attempt.submit(state.order)}
        >
          {sending ? 'Asking…' : waitS > 0 ? `Ask again in ${waitS} s` : 'Ask again'}
        </button>
        <button type="button" className="button" onClick={onClose}>
          Later <kbd>Esc</kbd>
        </button>
        <button
          type="button"
          className="link-button"
          disabled={sending}
          onClick={() => {
            tickets.discard()
            onClose()
          }}
        >
          Forget it, I have looked at the transactions
        </button>
      </footer>
    </div>
  )
}

/** `Sell all SOL`, `Buy SOL for 100 USDC`: what was sent. */
export function useOrderWords(order: Order): string {
  const { data } = useQuery(useDesk().queries.assets)
  if (order.kind === 'deposit') {
    const currency = data?.find(({ chain }) => chain === order.chain)?.quote ?? ''
    return `Deposit ${formatDecimal(order.amount)} ${currency}`.trim()
  }
  const { side, chain, amount } = order
  const asset = data?.find((each) => each.chain === chain && each.asset === order.asset)
  const symbol = asset?.symbol ?? order.asset
  if (side === 'buy') return `Buy ${symbol} for ${formatDecimal(amount ?? '')} ${asset?.quote ?? ''}`.trim()
  return amount === undefined ? `Sell all ${symbol}` : `Sell ${formatDecimal(amount)} ${symbol}`
}
