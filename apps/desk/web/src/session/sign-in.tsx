import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { useDesk } from '../desk-context.ts'
import { problemWords } from '../api/problem.ts'
import { AnchorIcon } from '../icons.tsx'
import { ModeChips } from '../shell/mode-chips.tsx'
import { ThemeToggle } from '../shell/theme-toggle.tsx'
import { CredentialsForm, type Purpose } from './credentials-form.tsx'

/** What somebody sees who is not signed in. `notice` says why, when they were. */
export function SignIn({ notice }: { notice: string | null }): ReactElement {
  const status = useQuery(useDesk().queries.status)
  const [purpose, setPurpose] = useState<Purpose>('login')
  return (
    <main className="sign-in" data-testid="sign-in">
      <div className="sign-in-theme">
        <ThemeToggle />
      </div>
      <div className="sign-in-card">
        <header>
          <p className="brand">
            <AnchorIcon />
            <span className="brand-name">Holdfast</span>
            <span className="brand-part">Desk</span>
          </p>
          <h1>{purpose === 'login' ? 'Sign in' : 'Create an account'}</h1>
        </header>
        {notice && <output className="sign-in-notice">{notice}</output>}
        {status.isError && (
          <p className="sign-in-notice" role="alert">
            {problemWords(status.error).detail}
          </p>
        )}
        {status.isPending ? (
          <output className="sign-in-waiting" aria-label="Asking the desk" />
        ) : (
          <CredentialsForm key={purpose} purpose={purpose} demo={status.data?.demo ?? null} />
        )}
        <p className="sign-in-switch">
          {purpose === 'login' ? 'No account yet?' : 'Already registered?'}{' '}
          <button
            type="button"
            className="link-button"
            onClick={() => setPurpose(purpose === 'login' ? 'register' : 'login')}
          >
            {purpose === 'login' ? 'Create one' : 'Sign in'}
          </button>
        </p>
      </div>
      <ModeChips />
    </main>
  )
}
