import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, type ReactElement } from 'react'
import { problemWords } from '../api/problem.ts'
import { queryKeys } from '../api/query-keys.ts'
import type { SignedInAt } from '../api/shapes.ts'
import { useDesk } from '../desk-context.ts'
import { formatMoment } from '../format/time.ts'

/** Where somebody is signed in, and the ways out. */
export function SessionsDialog({ onClose }: { onClose: () => void }): ReactElement {
  const { api, queries, session, announcer } = useDesk()
  const queryClient = useQueryClient()
  const sessions = useQuery(queries.sessions)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const changed = (words: string): void => {
    announcer.announce(words)
    void queryClient.invalidateQueries({ queryKey: queryKeys.sessions })
  }
  const end = useMutation({
    mutationFn: ({ handle }: SignedInAt) => api.endSession(handle),
    onSuccess: (_, { device }) => changed(`Signed out of ${deviceWords(device)}`),
  })
  const endOthers = useMutation({
    mutationFn: () => api.logoutEverywhere({ keepThis: true }),
    onSuccess: ({ ended }) => changed(`Signed out of ${ended} other ${ended === 1 ? 'place' : 'places'}`),
  })
  const endAll = useMutation({
    mutationFn: () => api.logoutEverywhere({ keepThis: false }),
    onSuccess: session.signOut,
  })
  const isBusy = end.isPending || endOthers.isPending || endAll.isPending
  const failure = sessions.error ?? end.error ?? endOthers.error ?? endAll.error
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="sessions-title" onClose={onClose}>
      <h2 id="sessions-title">Signed in</h2>
      {failure && <p role="alert">{problemWords(failure).detail}</p>}
      <ul className="sessions" data-testid="sessions">
        {sessions.data?.map((each) => (
          <li key={each.handle}>
            <div>
              <strong>{each.isThis ? 'Here' : deviceWords(each.device)}</strong>
              <span className="panel-note">
                {each.address}, last used {formatMoment(Date.parse(each.lastUsedAt))}
              </span>
            </div>
            {!each.isThis && (
              <button type="button" className="button" disabled={isBusy} onClick={() => end.mutate(each)}>
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
      <div className="sessions-actions">
        <button type="button" className="button" disabled={isBusy} onClick={() => endOthers.mutate()}>
          Sign out everywhere else
        </button>
        <button type="button" className="button" disabled={isBusy} onClick={() => endAll.mutate()}>
          Sign out everywhere
        </button>
        <form method="dialog">
          <button type="submit" className="button">
            Close
          </button>
        </form>
      </div>
    </dialog>
  )
}

function deviceWords(device: string): string {
  return device === '' ? 'an unnamed device' : device
}
