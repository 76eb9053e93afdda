/** A message, serialised once for however many clients. */
export interface Frame {
  readonly text: string
  /** Whoever got this goes on after the position: the last event id of a topic. */
  readonly resume?: { readonly topic: string; readonly position: string }
  /** The text in UTF-8, once a transport needed it. */
  bytes?: Uint8Array
}

/** What carries messages to one client. */
export interface Pipe {
  /** Takes a message; what the client has not taken yet counts as unsent. Does nothing after the end. */
  send(frame: Frame): void
  readonly unsentBytes: number
  /** Ends it with a reason that the client gets if it still reads. */
  close(code: number, reason: string): void
  /** Ends it at once. */
  terminate(): void
  /** Asks whether the client is there; `alive` of the connection is called when it is. */
  probe(): void
}

/** The frame of a message. */
export function frameOf(message: object): Frame {
  return { text: JSON.stringify(message) }
}
