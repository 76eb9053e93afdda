/** How a schedule is. Milliseconds since 1970 on the store's clock. */
export interface ScheduleRow {
  /** The latest tick that was fired or given up; before the first one, when the schedule was first seen. */
  readonly lastMs: number
  readonly isPaused: boolean
  readonly nowMs: number
}

/** Where it is kept which tick was the last: what makes each one fire once. */
export interface ScheduleStore {
  /** Once, before anything else. */
  start(): Promise<void>
  /** Begins with the present for a key that is not known. May reject as any store call does. */
  look(key: string): Promise<ScheduleRow>
  /** Moves the last tick from `fromMs` on to `toMs`. False when somebody else moved it, or it is paused. */
  move(key: string, fromMs: number, toMs: number): Promise<boolean>
  /** Pauses it, or lets it go on from the present: the ticks of a pause do not count as missed. */
  setPaused(key: string, isPaused: boolean): Promise<void>
}
