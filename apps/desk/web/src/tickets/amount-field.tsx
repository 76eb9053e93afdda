import { useEffect, useRef, type ReactElement, type ReactNode } from 'react'
import { Field } from '../form/field.tsx'

/** How much: what a ticket asks first, so it has the focus when the ticket opens. */
export function AmountField({
  label,
  unit,
  value,
  hint,
  error,
  readOnly,
  children,
  onChange,
}: {
  label: string
  unit: string
  value: string
  hint: string
  error: string | null
  /** While the order is on its way. */
  readOnly: boolean
  /** Buttons that fill it in. */
  children?: ReactNode
  onChange: (text: string) => void
}): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    input.current?.focus()
    input.current?.select()
  }, [])
  return (
    <div className="amount-field">
      <Field label={label} hint={hint} error={error}>
        {(control) => (
          <span className="with-unit">
            <input
              {...control}
              ref={input}
              data-amount
              data-testid="ticket-amount"
              name="amount"
              inputMode="decimal"
              autoComplete="off"
              spellCheck={false}
              value={value}
              readOnly={readOnly}
              onChange={(event) => onChange(event.target.value)}
            />
            <span className="unit">{unit}</span>
          </span>
        )}
      </Field>
      {children}
    </div>
  )
}
