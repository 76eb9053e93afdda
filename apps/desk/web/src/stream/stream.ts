/** The live stream: the desk's channels, over one WebSocket that comes back by itself. */
import { type LiveClient, liveClient, type LiveClientOptions } from 'holdfast/browser'
import type { DeskChannel } from '../../../src/ws/channels.ts'
import { createCell, type ReadonlyCell } from '../cell.ts'
import type { Connection } from './connection.ts'

/** The one stream of this page. */
export interface Stream extends Pick<LiveClient<DeskChannel>, 'start' | 'stop' | 'retryNow' | 'follow'> {
  readonly connection: ReadonlyCell<Connection>
}

/** Makes a stream; it connects when started. */
export function createStream(options: LiveClientOptions): Stream {
  const client = liveClient<DeskChannel>(options)
  const connection = createCell<Connection>(client.state)
  client.watch(connection.set)
  return {
    connection,
    start: (token) => client.start(token),
    stop: () => client.stop(),
    retryNow: () => client.retryNow(),
    follow: (key, id, listener) => client.follow(key, id, listener),
  }
}
