import type { ReactElement } from 'react'
import { Field } from '../form/field.tsx'

/** How much worse than the shown price an execution may be. Out of the way until somebody wants it. */
export function SlippageField({
  value,
  error,
  usual,
  onChange,
}: {
  value: string
  error: string | null
  /** What applies when nothing is entered. */
  usual: string
  onChange: (text: string) => void
}): ReactElement {
  return (
    <details className="ticket-more" open={error !== null || undefined}>
      <summary>Limit the slippage</summary>
      <Field label="At most this much worse than the price" hint={usual} error={error}>
        {(control) => (
          <span className="with-unit">
            <input
              {...control}
              name="slippage"
              inputMode="decimal"
              autoComplete="off"
              value={value}
              onChange={(event) => onChange(event.target.value)}
            />
            <span className="unit">%</span>
          </span>
        )}
      </Field>
    </details>
  )
}
