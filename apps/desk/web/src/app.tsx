import type { ReactElement } from 'react'
import { useCell } from './cell.ts'
import { useDesk } from './desk-context.ts'
import { ErrorBoundary } from './feedback/error-boundary.tsx'
import { SignIn } from './session/sign-in.tsx'
import { Shell } from './shell/shell.tsx'

/** The whole page: the desk for who is signed in, the sign-in screen for everyone else. */
export function App(): ReactElement {
  const desk = useDesk()
  const { session, notice } = useCell(desk.session.state)
  return <ErrorBoundary>{session ? <Shell user={session.user} /> : <SignIn notice={notice} />}</ErrorBoundary>
}
