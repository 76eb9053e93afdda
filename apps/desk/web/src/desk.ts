/** Wires the rooms of the dashboard together: the one place where the stream meets the stores. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { createApi, type Api } from './api/client.ts'
import { ApiProblem } from './api/problem.ts'
import { createQueries, queryKeys, type Queries } from './api/queries.ts'
import type { Candle } from './api/shapes.ts'
import { createCell, type Cell, type ReadonlyCell } from './cell.ts'
import { browserClock, every, type Clock } from './clock.ts'
import { createAnnouncer, type Announcer } from './feedback/announcer.ts'
import { mergeCandle } from './market/candles.ts'
import { createPriceHistory, type PriceHistory } from './market/history.ts'
import { createPriceStore, type PriceStore } from './market/prices.ts'
import { browserRandom } from './random.ts'
import { createSession, type Session } from './session/session.ts'
import { createKeyspaceRates, type KeyspaceRates } from './state/keyspace-rates.ts'
import { createStream, type Stream } from './stream/stream.ts'
import { createThemeSwitch, type ThemeSwitch } from './theme/theme.ts'

/** Everything that components reach through `useDesk`. */
export interface Desk {
  readonly api: Api
  readonly queries: Queries
  readonly queryClient: QueryClient
  readonly session: Session
  readonly stream: Stream
  readonly prices: PriceStore
  readonly history: PriceHistory
  readonly keyspaces: KeyspaceRates
  readonly theme: ThemeSwitch
  readonly announcer: Announcer
  readonly clock: Clock
  /** Both clocks, once a second: for ages and countdowns. */
  readonly now: ReadonlyCell<{ readonly monotonicMs: number; readonly wallMs: number }>
}

/** Makes the desk of this page and starts its stream when somebody is signed in. */
export function createDesk(): Desk {
  const clock = browserClock
  const session = createSession({ storage: sessionStorage, clock })
  const api = createApi({
    fetch: (input, init) => fetch(input, init),
    token: () => session.state.get().session?.token ?? null,
  })
  const queryClient = createQueryClient(session)
  const stream = createStream({
    open: () => new WebSocket(streamUrl()),
    clock,
    random: browserRandom,
    onUnauthorised: session.expire,
  })
  const prices = createPriceStore(clock)
  const history = createPriceHistory(clock)
  const keyspaces = createKeyspaceRates()
  const desk: Desk = {
    api,
    queries: createQueries(api),
    queryClient,
    session,
    stream,
    prices,
    history,
    keyspaces,
    theme: createThemeSwitch({
      storage: localStorage,
      prefersDark: matchMedia('(prefers-color-scheme: dark)'),
      root: document.documentElement,
    }),
    announcer: createAnnouncer(clock),
    clock,
    now: createNow(clock),
  }
  feedStores(desk)
  followSession(desk)
  addEventListener('online', stream.retryNow)
  return desk
}

function createQueryClient(session: Session): QueryClient {
  const refused = (error: unknown): boolean => error instanceof ApiProblem && error.status === 401
  const worthRetrying = (error: unknown): boolean =>
    error instanceof ApiProblem && (error.status === 0 || error.status >= 500)
  const onError = (error: unknown): void => {
    if (refused(error)) session.expire()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { retry: (failures, error) => failures < 2 && worthRetrying(error) } },
  })
}

function feedStores({ stream, prices, history, keyspaces, queryClient, announcer }: Desk): void {
  let snapshot = true
  let connectedBefore = false
  stream.listen('ready', () => {
    // The first prices of each connection are all of them; candles have a gap to be fetched again.
    snapshot = true
    if (connectedBefore) void queryClient.invalidateQueries()
    connectedBefore = true
  })
  stream.listen('prices', (message) => {
    prices.accept(message.prices, { snapshot })
    snapshot = false
    message.prices.forEach(history.add)
  })
  stream.listen('state', (message) => keyspaces.accept(message.state))
  stream.listen('status', (message) => queryClient.setQueryData(queryKeys.status, message.status))
  stream.listen('error', (message) => announcer.announce(message.detail))
  stream.listen('candle', ({ chain, asset, interval, candle }) => {
    queryClient.setQueryData<readonly Candle[]>(
      queryKeys.candles(chain, asset, interval),
      (candles) => candles && mergeCandle(candles, candle),
    )
  })
}

function followSession({ session, stream, prices, history, keyspaces, queryClient }: Desk): void {
  let token: string | null = null
  const follow = (): void => {
    const next = session.state.get().session?.token ?? null
    if (next === token) return
    token = next
    if (next) return stream.start(next)
    stream.stop()
    prices.clear()
    history.clear()
    keyspaces.clear()
    // The status is public, and the sign-in screen shows it.
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== queryKeys.status[0] })
  }
  session.state.subscribe(follow)
  follow()
}

function createNow(clock: Clock): Desk['now'] {
  const read = () => ({ monotonicMs: clock.now(), wallMs: clock.wall() })
  const now: Cell<ReturnType<typeof read>> = createCell(read())
  every(clock, 1_000, () => now.set(read()))
  return now
}

function streamUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/stream`
}
