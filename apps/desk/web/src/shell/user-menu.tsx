import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { User } from '../api/shapes.ts'
import { useDesk } from '../desk-context.ts'
import { UserIcon } from '../icons.tsx'
import { SessionsDialog } from '../session/sessions-dialog.tsx'
import { openShortcuts } from './shortcuts.tsx'

const MENU_ID = 'user-menu'

/** Who is signed in, and the way out. The native popover brings Escape, outside clicks and focus with it. */
export function UserMenu({ user }: { user: User }): ReactElement {
  const { api, session, queries, announcer } = useDesk()
  const [isListing, setListing] = useState(false)
  // Asks the desk whether a session restored from this tab still counts; a refusal signs out.
  useQuery(queries.me)
  const status = useQuery(queries.status)
  const signOut = (): void => {
    // Sent with the token that is forgotten right after.
    api.logout().catch(() => announcer.announce('Signed out here, but the desk could not be told'))
    session.signOut()
  }
  return (
    <>
      {isListing && <SessionsDialog onClose={() => setListing(false)} />}
      <button
        type="button"
        className="icon-button"
        popoverTarget={MENU_ID}
        aria-label={`Account of ${user.email}`}
      >
        <UserIcon />
      </button>
      <div id={MENU_ID} className="menu" popover="auto">
        <p className="menu-who">
          Signed in as <strong>{user.email}</strong>
        </p>
        <button type="button" popoverTarget={MENU_ID} popoverTargetAction="hide" onClick={openShortcuts}>
          Keyboard shortcuts <kbd>?</kbd>
        </button>
        <button
          type="button"
          popoverTarget={MENU_ID}
          popoverTargetAction="hide"
          onClick={() => setListing(true)}
        >
          Signed in elsewhere
        </button>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
        {status.data && <p className="menu-version">Holdfast Desk {status.data.version}</p>}
      </div>
    </>
  )
}
