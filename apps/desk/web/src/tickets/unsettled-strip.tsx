import type { ReactElement } from 'react'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { WarningIcon } from '../icons.tsx'
import type { Order } from './order.ts'
import type { Ticket } from './tickets.ts'
import { useOrderWords } from './unsettled.tsx'

/** Reminds of an order without an answer while its ticket is closed, on every screen. */
export function UnsettledStrip(): ReactElement | null {
  const { tickets } = useDesk()
  const unsettled = useCell(tickets.unsettled)
  const open = useCell(tickets.open)
  return unsettled && unsettled !== open ? <Strip ticket={unsettled} /> : null
}

function Strip({ ticket }: { ticket: Ticket }): ReactElement | null {
  const { tickets } = useDesk()
  const state = useCell(ticket.attempt.state)
  if (state.kind !== 'unsettled' && state.kind !== 'sending') return null
  return (
    <section className="unsettled-strip" aria-label="Order without an answer" data-testid="unsettled-strip">
      <WarningIcon />
      <output>
        <OrderWords order={state.order} />{' '}
        {state.kind === 'sending' ? 'is on its way.' : 'has no answer yet: it may have been done.'}
      </output>
      <button type="button" className="button" onClick={() => tickets.show(ticket.subject)}>
        Open it
      </button>
    </section>
  )
}

function OrderWords({ order }: { order: Order }): ReactElement {
  return <strong>{useOrderWords(order)}</strong>
}
