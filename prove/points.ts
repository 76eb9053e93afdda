/** The steps of the protocol at which a process can be killed or stopped. */
export const POINTS = [
  'write: before BEGIN',
  'write: statements done',
  'write: before its fences',
  'write: fences sent',
  'write: fences up',
  'write: row of a put read',
  'write: before COMMIT',
  'write: COMMIT sent',
  'write: committed',
  'write: before SETTLE',
  'write: SETTLE sent',
  'write: settled',
  'read: sent',
  'read: before its lease',
  'read: leased',
  'read: loaded',
  'read: fill sent',
  'read: filled',
  'heal: fence seen',
  'heal: status known',
  // Also of a write that was rolled back.
  'heal: fence down',
  'gate: polled',
  'gate: marked',
  'gate: before closing',
  'gate: closing',
  'gate: before closed',
  'gate: closed',
  'gate: before opening',
  'gate: opening',
  'gate: before open',
  'gate: open',
] as const
/** One of them. */
export type Point = (typeof POINTS)[number]

/** What happens to the process that gets there next. */
export type Act = 'die' | 'stop'

/** Where this process is to die or to stop. */
export class Points {
  readonly #armed = new Map<Point, Act>()
  readonly #arrived: (point: Point, act: Act) => Promise<void>

  constructor(arrived: (point: Point, act: Act) => Promise<void>) {
    this.#arrived = arrived
  }

  arm(point: Point, act: Act): void {
    this.#armed.set(point, act)
  }

  /** To be called at each point. Resolves, if ever, when it goes on. */
  async reach(point: Point): Promise<void> {
    const act = this.#armed.get(point)
    if (act === undefined) return
    this.#armed.delete(point)
    await this.#arrived(point, act)
    process.kill(process.pid, act === 'die' ? 'SIGKILL' : 'SIGSTOP')
  }
}
