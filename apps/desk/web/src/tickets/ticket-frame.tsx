import { useEffect, useRef, type FormEvent, type ReactElement, type ReactNode } from 'react'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import type { FormState } from './form-state.ts'
import { secondsUntil } from './seconds-until.ts'

/** The frame of a ticket's form: title, fields, what the desk refused, and the button that does it. */
export function TicketFrame({
  title,
  about,
  state,
  action,
  side,
  problem,
  ready = true,
  children,
  onSubmit,
  onClose,
}: {
  title: string
  about?: ReactNode
  state: FormState
  /** What the button says: exactly what will be done. */
  action: string
  side: 'buy' | 'sell' | 'deposit'
  /** Why the desk refused, where no field explains it. */
  problem: string | null
  /** False while the order is not complete, or nobody has seen yet what it would do. */
  ready?: boolean
  children: ReactNode
  /** Called when the order may be sent. */
  onSubmit: () => void
  onClose: () => void
}): ReactElement {
  const { now } = useDesk()
  const { monotonicMs } = useCell(now)
  const form = useRef<HTMLFormElement>(null)
  const sending = state.kind === 'sending'
  const waitS = state.kind === 'editing' ? secondsUntil(state.retryAt, monotonicMs) : 0
  const refused = state.kind === 'editing' ? state.refused : null
  useEffect(() => {
    // The button lost the focus while it was disabled: what has to change takes it.
    if (!refused) return
    const fields = form.current?.querySelector<HTMLElement>('[aria-invalid=true]')
    ;(fields ?? form.current?.querySelector<HTMLElement>('[data-amount]'))?.focus()
  }, [refused])

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!sending && waitS === 0) onSubmit()
  }
  return (
    <form
      ref={form}
      className="ticket-form"
      data-side={side}
      noValidate
      onSubmit={submit}
      aria-busy={sending}
    >
      <header className="ticket-head">
        <h2 id="ticket-title">{title}</h2>
        {about}
      </header>
      {children}
      {problem !== null && (
        <p className="ticket-problem field-error" role="alert" data-testid="ticket-problem">
          {problem}
          {waitS > 0 && ` Possible again in ${waitS} s.`}
        </p>
      )}
      <footer className="ticket-actions">
        <button
          type="submit"
          className="button button-primary"
          data-testid="ticket-confirm"
          disabled={sending || waitS > 0 || !ready}
        >
          {sending ? 'Sending…' : waitS > 0 ? `Wait ${waitS} s` : action}
        </button>
        <button type="button" className="button" onClick={onClose}>
          Close <kbd>Esc</kbd>
        </button>
      </footer>
    </form>
  )
}
