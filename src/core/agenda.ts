import type { Clock, Timer } from './clock.ts'

/** What falls due at a time, unless it is removed before. */
export interface Appointment {
  /** On the monotonic clock. It does not change while it is on an agenda. */
  readonly dueMs: number
  fallDue(): void
  /** Kept by the agenda that it is on, as is the one below: a collection beside them would cost more than a timer. */
  earlier: Appointment | undefined
  later: Appointment | undefined
}

/**
 * One timer for many appointments, most of which are removed before they fall due. They are expected in the order of
 * their times, as when all are made for the same time ahead; one that is not is sorted in from the end.
 */
export class Agenda {
  readonly #clock: Clock
  #first: Appointment | undefined
  #last: Appointment | undefined
  #timer: Timer | undefined
  #wakesAtMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Puts it on. It must not be on it already. */
  add(appointment: Appointment): void {
    let before = this.#last
    while (before && before.dueMs > appointment.dueMs) before = before.earlier
    const after = before ? before.later : this.#first
    appointment.earlier = before
    appointment.later = after
    if (before) before.later = appointment
    else this.#first = appointment
    if (after) after.earlier = appointment
    else this.#last = appointment
    if (appointment.dueMs < this.#wakesAtMs) this.#wakeAt(appointment.dueMs)
  }

  /** Takes it off, if it is on. */
  remove(appointment: Appointment): void {
    const { earlier, later } = appointment
    if (earlier) earlier.later = later
    else if (this.#first === appointment) this.#first = later
    else return
    if (later) later.earlier = earlier
    else this.#last = earlier
    appointment.earlier = undefined
    appointment.later = undefined
    if (!this.#first) this.#rest()
  }

  #wakeAt(dueMs: number): void {
    this.#timer?.cancel()
    this.#wakesAtMs = dueMs
    this.#timer = this.#clock.after(Math.max(0, dueMs - this.#clock.now()), () => this.#wake())
  }

  #rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#wakesAtMs = Number.POSITIVE_INFINITY
  }

  #wake(): void {
    this.#rest()
    const nowMs = this.#clock.now()
    for (let due = this.#first; due && due.dueMs <= nowMs; due = this.#first) {
      this.remove(due)
      due.fallDue()
    }
    if (this.#first && this.#first.dueMs < this.#wakesAtMs) this.#wakeAt(this.#first.dueMs)
  }
}
