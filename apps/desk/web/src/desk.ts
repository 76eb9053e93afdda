/** Wires the rooms of the dashboard together: the one place where the stream meets the stores. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { createApi, type Api } from './api/client.ts'
import { ApiProblem } from './api/problem.ts'
import { createQueries, type Queries } from './api/queries.ts'
import { queryKeys } from './api/query-keys.ts'
import { createRequest } from './api/request.ts'
import type { Status } from './api/shapes.ts'
import { agentKey } from './api/trading-queries.ts'
import { createCell, type Cell, type ReadonlyCell } from './cell.ts'
import { browserClock, every, type Clock } from './clock.ts'
import { createAnnouncer, type Announcer } from './feedback/announcer.ts'
import { createCandleTails, type FollowCandles, streamCandles } from './market/live-candles.ts'
import { createPriceHistory, type PriceHistory } from './market/history.ts'
import { createPriceStore, type PriceStore } from './market/prices.ts'
import { browserRandom, randomKey } from './random.ts'
import { createSession, type Session } from './session/session.ts'
import { createKeyspaceRates, type KeyspaceRates } from './state/keyspace-rates.ts'
import { createStream, type Stream } from './stream/stream.ts'
import { createThemeSwitch, type ThemeSwitch } from './theme/theme.ts'
import { doneWords } from './tickets/outcome-words.ts'
import { sendOrder } from './tickets/send-order.ts'
import { createTickets, type Tickets } from './tickets/tickets.ts'

/** Everything that components reach through `useDesk`. */
export interface Desk {
  readonly api: Api
  readonly queries: Queries
  readonly queryClient: QueryClient
  readonly session: Session
  readonly stream: Stream
  readonly followCandles: FollowCandles
  /** Follows how the desk and its replay are doing, until the returned function is called. */
  readonly followStatus: () => () => void
  readonly prices: PriceStore
  readonly history: PriceHistory
  readonly keyspaces: KeyspaceRates
  readonly tickets: Tickets
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
  const request = createRequest({
    fetch: (input, init) => fetch(input, init),
    token: () => session.state.get().session?.token ?? null,
  })
  const api = createApi(request)
  const announcer = createAnnouncer(clock)
  const queryClient = createQueryClient(session)
  const stream = createStream({
    open: () => new WebSocket(streamUrl()),
    clock,
    random: browserRandom,
    onUnauthorised: session.expire,
    onProblem: ({ detail }) => announcer.announce(detail),
  })
  const prices = createPriceStore(clock)
  const history = createPriceHistory(clock)
  const keyspaces = createKeyspaceRates()
  const tickets = createTickets({
    send: sendOrder(api.trading, session.expire),
    newKey: randomKey,
    clock,
    storage: sessionStorage,
    onDone(order, reply) {
      // An open ticket says it itself.
      if (tickets.open.get() === null) announcer.announce(doneWords(order, reply))
      void queryClient.invalidateQueries({ queryKey: agentKey(order.agentId) })
    },
  })
  const tails = createCandleTails()
  const desk: Desk = {
    api,
    queries: createQueries(api, tails),
    queryClient,
    session,
    stream,
    followCandles: streamCandles(stream, queryClient, tails),
    followStatus: () =>
      stream.follow(
        'status',
        {},
        {
          values([status]) {
            // The demo login is told to those who ask, not to those who listen.
            queryClient.setQueryData<Status>(queryKeys.status, (known) => known && { ...known, ...status })
          },
        },
      ),
    prices,
    history,
    keyspaces,
    tickets,
    theme: createThemeSwitch({
      storage: localStorage,
      prefersDark: matchMedia('(prefers-color-scheme: dark)'),
      root: document.documentElement,
    }),
    announcer,
    clock,
    now: createNow(clock),
  }
  feedStores(desk)
  tellExits(desk)
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
  const refused = ({ detail }: { readonly detail: string }): void => announcer.announce(detail)
  let connectedBefore = false
  let isNew = false
  stream.connection.subscribe(() => {
    const { kind } = stream.connection.get()
    if (kind === 'connecting') isNew = true
    if (kind !== 'live' || !isNew) return
    isNew = false
    // Values come whole; for the rest there is a gap to be fetched again.
    if (connectedBefore) void queryClient.invalidateQueries()
    connectedBefore = true
  })
  // On every screen: a price is current and a curve has its past when somebody comes back to them.
  stream.follow(
    'prices',
    {},
    {
      values(changed, { all }) {
        prices.accept(changed, { snapshot: all })
        changed.forEach(history.add)
      },
      refused,
    },
  )
  stream.follow(
    'state',
    {},
    {
      values([state]) {
        if (state) keyspaces.accept(state)
      },
      refused,
    },
  )
  stream.follow(
    'account',
    {},
    {
      values([account]) {
        if (!account) return
        // Agents may have come, or been paused.
        void queryClient.invalidateQueries({ queryKey: queryKeys.agents })
        for (const id of account.agents) void queryClient.invalidateQueries({ queryKey: agentKey(id) })
      },
      refused,
    },
  )
}

/** What a rule sells, nobody here has asked for; other orders are told of by who sends them. */
function tellExits({ stream, announcer }: Desk): void {
  stream.follow(
    'notifications',
    {},
    {
      event({ value: { kind, text } }) {
        if (kind === 'exit') announcer.announce(text)
      },
      refused: ({ detail }) => announcer.announce(detail),
    },
  )
}

function followSession(desk: Desk): void {
  const { session, stream, prices, history, keyspaces, tickets, queryClient } = desk
  let token: string | null = null
  const follow = (): void => {
    const { session: current, notice } = session.state.get()
    const next = current?.token ?? null
    if (next === token) return
    token = next
    if (next) return stream.start(next)
    stream.stop()
    prices.clear()
    history.clear()
    keyspaces.clear()
    // Somebody whose session expired comes back to an order without an answer; somebody who signed out does not.
    if (notice === null) tickets.clear()
    else tickets.hide()
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
