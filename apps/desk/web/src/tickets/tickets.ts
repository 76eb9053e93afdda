import { createCell, type ReadonlyCell } from '../cell.ts'
import type { Clock } from '../clock.ts'
import { createAttempt, type Attempt, type OrderReply } from './attempt.ts'
import type { Order, Subject } from './order.ts'

const STORAGE_KEY = 'holdfast.unsettled'

/** A form for one order, and what became of it. */
export interface Ticket {
  readonly subject: Subject
  readonly attempt: Attempt
}

/** The tickets of this page: at most one is open, and at most one waits for an answer. */
export interface Tickets {
  readonly open: ReadonlyCell<Ticket | null>
  /** The order that was sent and whose outcome is not known, whether its ticket is open or not. */
  readonly unsettled: ReadonlyCell<Ticket | null>
  /** Opens a ticket. While one is unsettled it is that one that opens: it comes first. */
  readonly show: (subject: Subject) => void
  readonly hide: () => void
  /** Forgets the unsettled order: from now on only the agent's transactions say what became of it. */
  readonly discard: () => void
  /** Forgets everything; for the end of a session. */
  readonly clear: () => void
}

/** What tickets need from outside. */
export interface TicketsOptions {
  readonly send: (order: Order, key: string) => Promise<OrderReply>
  readonly newKey: () => string
  readonly clock: Clock
  /** Keeps what was sent until its answer came, so that a reload cannot make anybody send it twice. */
  readonly storage: Storage
  /** Called with each answer, whether the ticket is still open or not. */
  readonly onDone: (order: Order, reply: OrderReply) => void
}

/** Restores the order that an earlier page sent without seeing the answer. */
export function createTickets({ send, newKey, clock, storage, onDone }: TicketsOptions): Tickets {
  const open = createCell<Ticket | null>(null)
  const unsettled = createCell<Ticket | null>(null)

  function make(subject: Subject, key: string, pending?: Order): Ticket {
    const attempt = createAttempt({ key, send, clock, pending })
    const ticket: Ticket = { subject, attempt }
    attempt.state.subscribe(() => {
      const state = attempt.state.get()
      if (state.kind === 'sending' || state.kind === 'unsettled') {
        unsettled.set(ticket)
        remember(storage, { subject, key, order: state.order })
        return
      }
      if (unsettled.get() === ticket) {
        unsettled.set(null)
        forget(storage)
      }
      if (state.kind === 'done') onDone(state.order, state.reply)
    })
    return ticket
  }

  const kept = remembered(storage)
  if (kept) unsettled.set(make(kept.subject, kept.key, kept.order))

  return {
    open,
    unsettled,
    show: (subject) => open.set(unsettled.get() ?? make(subject, newKey())),
    hide: () => open.set(null),
    discard() {
      unsettled.set(null)
      forget(storage)
    },
    clear() {
      open.set(null)
      unsettled.set(null)
      forget(storage)
    },
  }
}

interface Kept {
  readonly subject: Subject
  readonly key: string
  readonly order: Order
}

function remember(storage: Storage, kept: Kept): void {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify(kept))
  } catch {
    // Storage may be blocked or full: the order is then remembered as long as the page.
  }
}

function forget(storage: Storage): void {
  try {
    storage.removeItem(STORAGE_KEY)
  } catch {
    // As above.
  }
}

function remembered(storage: Storage): Kept | null {
  try {
    const kept = JSON.parse(storage.getItem(STORAGE_KEY) ?? 'null') as Kept | null
    const usable = typeof kept?.key === 'string' && typeof kept.order?.agentId === 'string'
    return usable && typeof kept.subject?.action === 'string' ? kept : null
  } catch {
    return null
  }
}
