import { useEffect, useLayoutEffect, useRef, type ReactElement } from 'react'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { BuyForm } from './buy-form.tsx'
import { DepositForm } from './deposit-form.tsx'
import { Outcome } from './outcome.tsx'
import { SellForm } from './sell-form.tsx'
import type { Ticket } from './tickets.ts'
import { Unsettled } from './unsettled.tsx'

/** Where the open ticket is shown, over any screen. */
export function TicketHost(): ReactElement | null {
  const ticket = useCell(useDesk().tickets.open)
  return ticket && <TicketDialog key={ticket.attempt.key} ticket={ticket} />
}

/** Esc closes it. An order that was sent goes on without it: its outcome is announced. */
function TicketDialog({ ticket }: { ticket: Ticket }): ReactElement {
  const { tickets } = useDesk()
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    // The browser gives the focus back to where it was, when the dialog closes.
    if (!dialog.current?.open) dialog.current?.showModal()
  }, [])
  useFocusFallback()
  const close = (): void => dialog.current?.close()
  return (
    <dialog
      ref={dialog}
      className="dialog ticket"
      data-testid="ticket"
      aria-labelledby="ticket-title"
      onClose={() => tickets.hide()}
    >
      <TicketContent ticket={ticket} onClose={close} />
    </dialog>
  )
}

function TicketContent({ ticket, onClose }: { ticket: Ticket; onClose: () => void }): ReactElement {
  const { subject, attempt } = ticket
  const state = useCell(attempt.state)
  if (state.kind === 'done') return <Outcome order={state.order} reply={state.reply} onClose={onClose} />
  if (state.kind === 'unsettled' || (state.kind === 'sending' && state.again)) {
    return <Unsettled attempt={attempt} state={state} onClose={onClose} />
  }
  switch (subject.action) {
    case 'buy':
      return <BuyForm {...{ subject, attempt, state, onClose }} />
    case 'sell':
      return <SellForm {...{ subject, attempt, state, onClose }} />
    case 'deposit':
      return <DepositForm {...{ subject, attempt, state, onClose }} />
  }
}

/** What opened the ticket may be gone when it closes, such as the row of a position that was sold. */
function useFocusFallback(): void {
  useEffect(
    () => () => {
      queueMicrotask(() => {
        const lost = document.activeElement === null || document.activeElement === document.body
        if (lost) document.querySelector<HTMLElement>('main h1')?.focus()
      })
    },
    [],
  )
}
