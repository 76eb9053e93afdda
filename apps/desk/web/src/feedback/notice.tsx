import type { ReactElement, ReactNode } from 'react'
import { problemWords } from '../api/problem.ts'
import { WarningIcon } from '../icons.tsx'

/** What failed, why, and a way to try again. */
export function Notice({ error, onRetry }: { error: unknown; onRetry?: () => void }): ReactElement {
  const { title, detail } = problemWords(error)
  return (
    <div className="notice" role="alert">
      <WarningIcon />
      <div>
        <p className="notice-title">{title}</p>
        <p>{detail}</p>
      </div>
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** What a section says when it has nothing to show yet. */
export function Empty({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <p>{children}</p>
    </div>
  )
}
