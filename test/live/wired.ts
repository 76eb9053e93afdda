import type { Frame, Pipe } from 'holdfast/live'

/** A message of the server, parsed. */
export interface Heard {
  readonly type: string
  readonly [field: string]: unknown
}

/** A pipe that remembers, and takes as much as it is told to. */
export class RecordedPipe implements Pipe {
  readonly heard: Heard[] = []
  readonly texts: string[] = []
  unsentBytes = 0
  probes = 0
  closed: { code: number; reason: string } | undefined
  terminated = false
  /** Frozen: what is sent stays unsent. */
  isFrozen = false

  send({ text }: Frame): void {
    if (this.closed) throw new Error(`sent after the end: ${text}`)
    if (this.isFrozen) this.unsentBytes += text.length
    this.texts.push(text)
    this.heard.push(JSON.parse(text) as Heard)
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason }
  }

  terminate(): void {
    this.terminated = true
  }

  probe(): void {
    this.probes++
  }

  /** What came of these types since the last call. */
  take(...types: string[]): Heard[] {
    const taken = this.heard.filter(({ type }) => types.length === 0 || types.includes(type))
    this.heard.length = 0
    return taken
  }
}
