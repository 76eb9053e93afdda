import type { ServerMessage } from '../../src/stream/messages.ts'
import type { Socket } from '../../src/stream/stream.ts'

/** A WebSocket whose other end is the test. */
export class FakeSocket extends EventTarget {
  readyState = 0
  readonly sent: { readonly type: string; readonly topics?: readonly string[]; readonly token?: string }[] =
    []

  send(frame: string): void {
    this.sent.push(JSON.parse(frame))
  }

  close(): void {
    this.readyState = 3
  }

  /** The other end accepts. */
  accept(): void {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  /** The other end says something. */
  receive(message: ServerMessage | string): void {
    const data = typeof message === 'string' ? message : JSON.stringify(message)
    this.dispatchEvent(new MessageEvent('message', { data }))
  }

  /** The other end hangs up. */
  drop(code: number): void {
    this.readyState = 3
    this.dispatchEvent(Object.assign(new Event('close'), { code }))
  }

  /** As the stream sees it. */
  asSocket(): Socket {
    return this as unknown as Socket
  }
}
