import { useEffect, useRef, type ReactElement } from 'react'
import { AgentScreen } from '../agent/agent-screen.tsx'
import { AgentsScreen } from '../agents/agents-screen.tsx'
import type { User } from '../api/shapes.ts'
import { Announcement } from '../feedback/announcement.tsx'
import { ErrorBoundary } from '../feedback/error-boundary.tsx'
import { MarketScreen } from '../board/market-screen.tsx'
import type { Route } from '../router/route.ts'
import { useRoute } from '../router/use-route.ts'
import { StateScreen } from '../state/state-screen.tsx'
import { TicketHost } from '../tickets/ticket-host.tsx'
import { UnsettledStrip } from '../tickets/unsettled-strip.tsx'
import { Header } from './header.tsx'
import { ReplayStrip } from './replay-strip.tsx'
import { Shortcuts } from './shortcuts.tsx'

/** The frame around every screen of somebody who is signed in. */
export function Shell({ user }: { user: User }): ReactElement {
  const route = useRoute()
  const main = useRef<HTMLElement>(null)
  useFocusAfterNavigation(route, main)
  return (
    <div className="shell">
      <a
        className="skip-link"
        href="#main"
        onClick={(event) => {
          // The hash belongs to the router.
          event.preventDefault()
          main.current?.focus()
        }}
      >
        Skip to content
      </a>
      <Header user={user} route={route} />
      <ReplayStrip />
      <UnsettledStrip />
      <main ref={main} id="main" tabIndex={-1}>
        {/* An asset is part of the market's screen: opening one must not make the board anew. */}
        <ErrorBoundary key={route.screen === 'asset' ? 'market' : route.screen}>
          <Screen route={route} />
        </ErrorBoundary>
      </main>
      <TicketHost />
      <Announcement />
      <Shortcuts />
    </div>
  )
}

function Screen({ route }: { route: Route }): ReactElement {
  switch (route.screen) {
    case 'market':
      return <MarketScreen opened={null} />
    case 'asset':
      return <MarketScreen opened={route} />
    case 'agents':
      return <AgentsScreen />
    case 'agent':
      return <AgentScreen id={route.id} part={route.part} />
    case 'state':
      return <StateScreen />
  }
}

/** Where the focused element went away with its screen, the new screen's heading takes the focus. */
function useFocusAfterNavigation(route: Route, main: React.RefObject<HTMLElement | null>): void {
  const before = useRef(route)
  useEffect(() => {
    if (before.current === route) return
    before.current = route
    const lost = document.activeElement === null || document.activeElement === document.body
    if (lost) main.current?.querySelector('h1')?.focus()
  }, [route, main])
}
