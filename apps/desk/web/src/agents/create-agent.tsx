import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type FormEvent, type ReactElement } from 'react'
import { useDesk } from '../desk-context.ts'
import { Field } from '../form/field.tsx'
import { fieldErrors } from '../form/field-errors.ts'
import { nameError } from './agent-name.ts'

/** The form for a new agent. */
export function CreateAgent(): ReactElement {
  const { api, queries, announcer } = useDesk()
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const [strategy, setStrategy] = useState('')
  const [invalid, setInvalid] = useState<string | null>(null)
  const nameInput = useRef<HTMLInputElement>(null)
  const create = useMutation({
    mutationFn: api.createAgent,
    onSuccess: (created) => {
      queryClient.setQueryData(queries.agents.queryKey, (agents) => agents && [...agents, created])
      announcer.announce(`${created.name} created`)
      setName('')
      setStrategy('')
      nameInput.current?.focus()
    },
    onError: () => nameInput.current?.focus(),
  })

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const error = nameError(name)
    setInvalid(error)
    if (error) return nameInput.current?.focus()
    create.mutate({ name: name.trim(), ...(strategy.trim() && { strategy: strategy.trim() }) })
  }
  const { fields, form } = fieldErrors(create.error, ['name', 'strategy'])

  return (
    <form className="panel create-agent" noValidate onSubmit={submit} aria-labelledby="create-agent-title">
      <h2 id="create-agent-title">New agent</h2>
      <Field label="Name" error={invalid ?? fields.get('name') ?? null}>
        {(control) => (
          <input
            {...control}
            ref={nameInput}
            name="name"
            autoComplete="off"
            value={name}
            onChange={(event) => {
              setName(event.target.value)
              setInvalid(null)
            }}
          />
        )}
      </Field>
      <Field
        label="Strategy (optional)"
        hint="A note on how it trades."
        error={fields.get('strategy') ?? null}
      >
        {(control) => (
          <input
            {...control}
            name="strategy"
            autoComplete="off"
            value={strategy}
            onChange={(event) => setStrategy(event.target.value)}
          />
        )}
      </Field>
      {form && (
        <p className="field-error" role="alert">
          {form}
        </p>
      )}
      <button type="submit" className="button button-primary" disabled={create.isPending}>
        Create agent
      </button>
      <p className="field-hint">It will trade on paper, so no venue sees its orders, and it starts paused.</p>
    </form>
  )
}
