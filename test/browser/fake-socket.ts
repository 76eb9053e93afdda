import type { ClientSocket } from 'holdfast/browser'
import type { ServerMessage } from 'holdfast/live'

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  readyState = 0
  readonly sent: { readonly type: string; readonly topics?: readonly string[]; readonly since?: object }[] =
    []
  onopen: ClientSocket['onopen'] = null
  onmessage: ClientSocket['onmessage'] = null
  onclose: ClientSocket['onclose'] = null
  onerror: ClientSocket['onerror'] = null

  send(frame: string): void {
    this.sent.push(JSON.parse(frame))
  }

  close(): void {
    this.readyState = 3
  }

  /** The other end accepts. */
  accept(): void {
    this.readyState = 1
    this.onopen?.({} as never)
  }

  /** The other end says something. */
  receive(message: ServerMessage | string): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) } as never)
  }

  /** The other end hangs up. */
  drop(code: number): void {
    this.readyState = 3
    this.onclose?.({ code } as never)
  }

  asSocket(): ClientSocket {
    return this
  }
}
