import { useId, type ReactElement } from 'react'

/** What a control needs so that its label, hint and error belong to it. */
export interface FieldControl {
  readonly id: string
  readonly 'aria-invalid': boolean
  readonly 'aria-describedby': string | undefined
}

/** A labelled control with its hint and its error below it. */
export function Field({
  label,
  hideLabel = false,
  hint,
  error,
  children,
}: {
  label: string
  hideLabel?: boolean
  hint?: string
  error?: string | null
  children: (control: FieldControl) => ReactElement
}): ReactElement {
  const id = useId()
  const describedBy = error ? `${id}-error` : hint ? `${id}-hint` : undefined
  return (
    <div className="field">
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : undefined}>
        {label}
      </label>
      {children({ id, 'aria-invalid': Boolean(error), 'aria-describedby': describedBy })}
      {error ? (
        <p id={`${id}-error`} className="field-error" role="alert">
          {error}
        </p>
      ) : (
        hint && (
          <p id={`${id}-hint`} className="field-hint">
            {hint}
          </p>
        )
      )}
    </div>
  )
}
