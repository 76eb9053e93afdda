import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { ClientEventSource } from 'holdfast/browser'

/** A message of the server, parsed. */
export interface StreamMessage {
  readonly type: string
  readonly [field: string]: unknown
}

const LONGEST_WAIT_MS = 5_000

/** A stream of server-sent events. Node has no EventSource, and its fetch connects anew when it is aborted. */
export class ReadStream {
  readonly headers: IncomingMessage['headers']
  readonly heard: StreamMessage[] = []
  lastId = ''
  readonly #response: IncomingMessage
  readonly #wakes = new Set<() => void>()
  #taken = 0

  private constructor(response: IncomingMessage, onData: (data: string) => void, onEnd: () => void) {
    this.headers = response.headers
    this.#response = response
    void this.#read(response, onData).then(onEnd, onEnd)
  }

  static async open(
    url: string,
    headers: Record<string, string>,
    onData: (data: string) => void = () => undefined,
    onEnd: () => void = () => undefined,
  ): Promise<ReadStream> {
    const [response] = (await once(get(url, { headers, agent: false }), 'response')) as [IncomingMessage]
    if (response.statusCode !== 200) throw new Error(`the stream was answered with ${response.statusCode}`)
    return new ReadStream(response, onData, onEnd)
  }

  /** As a browser has it. */
  static asEventSource(url: string, headers: Record<string, string>): ClientEventSource {
    const source: ClientEventSource = {
      onmessage: null,
      onerror: null,
      close: () => void opening.then((stream) => stream.close()),
    }
    const opening = ReadStream.open(
      url,
      headers,
      (data) => source.onmessage?.({ data } as never),
      () => source.onerror?.({} as never),
    )
    opening.catch(() => source.onerror?.({} as never))
    return source
  }

  /** The next message of this type that nobody took yet, now or when it comes. */
  async until(type: string, fits: (message: StreamMessage) => boolean = () => true): Promise<StreamMessage> {
    const deadline = AbortSignal.timeout(LONGEST_WAIT_MS)
    for (;;) {
      const at = this.heard.findIndex((one, index) => index >= this.#taken && one.type === type && fits(one))
      if (at >= 0) {
        this.#taken = at + 1
        return this.heard[at] as StreamMessage
      }
      deadline.throwIfAborted()
      await new Promise<void>((resolve) => {
        this.#wakes.add(resolve)
        deadline.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  close(): void {
    this.#response.destroy()
  }

  async #read(body: IncomingMessage, onData: (data: string) => void): Promise<void> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
        this.lastId = field('id') ?? this.lastId
        const data = field('data') ?? ''
        this.heard.push(JSON.parse(data) as StreamMessage)
        onData(data)
      }
      for (const wake of this.#wakes) wake()
      this.#wakes.clear()
    }
  }
}
