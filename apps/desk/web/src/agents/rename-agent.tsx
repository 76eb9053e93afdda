import { useEffect, useRef, useState, type ReactElement, type FormEvent, type KeyboardEvent } from 'react'
import type { Agent } from '../api/shapes.ts'
import { Field } from '../form/field.tsx'
import { fieldErrors } from '../form/field-errors.ts'
import { nameError } from './agent-name.ts'
import { useUpdateAgent } from './use-update-agent.ts'

/** Renames in place: Enter saves, Escape leaves the name as it was. */
export function RenameAgent({ agent, onDone }: { agent: Agent; onDone: () => void }): ReactElement {
  const [name, setName] = useState(agent.name)
  const [invalid, setInvalid] = useState<string | null>(null)
  const update = useUpdateAgent(agent)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.select(), [])

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const error = nameError(name)
    setInvalid(error)
    if (error) return input.current?.focus()
    if (name.trim() === agent.name) return onDone()
    update.mutate({ name: name.trim() }, { onSuccess: onDone })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onDone()
  }
  const { fields, form } = fieldErrors(update.error, ['name'])

  return (
    <form className="rename" noValidate onSubmit={submit}>
      <Field label={`New name of ${agent.name}`} hideLabel error={invalid ?? fields.get('name') ?? form}>
        {(control) => (
          <input
            {...control}
            ref={input}
            value={name}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={onKeyDown}
          />
        )}
      </Field>
      <button type="submit" className="button button-primary" disabled={update.isPending}>
        Save
      </button>
      <button type="button" className="button" onClick={onDone}>
        Cancel
      </button>
    </form>
  )
}
