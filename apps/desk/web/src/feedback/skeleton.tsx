import type { ReactElement } from 'react'

/** Grey bars in place of `rows` lines that are on their way; `label` is what a screen reader says. */
export function Skeleton({ rows, label }: { rows: number; label: string }): ReactElement {
  return (
    <output className="skeleton" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="skeleton-bar" />
      ))}
    </output>
  )
}
