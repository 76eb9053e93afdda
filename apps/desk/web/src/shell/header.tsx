import type { ReactElement } from 'react'
import type { User } from '../api/shapes.ts'
import { AgentsIcon, AnchorIcon, MarketIcon, StateIcon } from '../icons.tsx'
import { hrefOf, type Route } from '../router/route.ts'
import { ConnectionState } from './connection-state.tsx'
import { ModeChips } from './mode-chips.tsx'
import { ThemeToggle } from './theme-toggle.tsx'
import { UserMenu } from './user-menu.tsx'

const SCREENS = [
  { screen: 'market', name: 'Market', Icon: MarketIcon },
  { screen: 'agents', name: 'Agents', Icon: AgentsIcon },
  { screen: 'state', name: 'State', Icon: StateIcon },
] as const

/** Which of them is current on each screen. */
const PARENT = {
  market: 'market',
  asset: 'market',
  agents: 'agents',
  agent: 'agents',
  state: 'state',
} as const satisfies Record<Route['screen'], string>

/** Name, screens, what the desk runs on, and how the connection is doing. */
export function Header({ user, route }: { user: User; route: Route }): ReactElement {
  const current = PARENT[route.screen]
  return (
    <header className="header">
      <a className="brand" href="#/" aria-label="Holdfast Desk, to the market">
        <AnchorIcon />
        <span className="brand-name">Holdfast</span>
        <span className="brand-part">Desk</span>
      </a>
      <nav className="screens" aria-label="Screens">
        {SCREENS.map(({ screen, name, Icon }) => (
          <a key={screen} href={hrefOf({ screen })} aria-current={screen === current ? 'page' : undefined}>
            <Icon />
            {name}
          </a>
        ))}
      </nav>
      <ModeChips />
      <div className="header-end">
        <ConnectionState />
        <ThemeToggle />
        <UserMenu user={user} />
      </div>
    </header>
  )
}
