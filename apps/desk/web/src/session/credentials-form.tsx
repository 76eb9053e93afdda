import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState, type FormEvent, type ReactElement } from 'react'
import type { Credentials } from '../api/client.ts'
import { useDesk } from '../desk-context.ts'
import { Field } from '../form/field.tsx'
import { fieldErrors } from '../form/field-errors.ts'

/** Whether the credentials open an account or make one. */
export type Purpose = 'login' | 'register'

const NAMES = ['email', 'password'] as const

/** Email and password. On a demo desk the demo's own are filled in. */
export function CredentialsForm({
  purpose,
  demo,
}: {
  purpose: Purpose
  demo: Credentials | null
}): ReactElement {
  const { api, session } = useDesk()
  const prefilled = purpose === 'login' ? demo : null
  const [credentials, setCredentials] = useState<Credentials>(prefilled ?? { email: '', password: '' })
  const [missing, setMissing] = useState<ReadonlyMap<string, string>>(new Map())
  const emailInput = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  // This screen has one purpose, so its next step has the focus: on a demo desk, Enter is enough.
  useEffect(() => (prefilled ? button : emailInput).current?.focus(), [prefilled])
  const submission = useMutation({
    mutationFn: (input: Credentials) => (purpose === 'login' ? api.login(input) : api.register(input)),
    onSuccess: (signedIn) => session.begin(signedIn),
  })

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const empty = missingFields(credentials)
    setMissing(empty)
    const first = NAMES.find((name) => empty.has(name))
    if (!first) return submission.mutate(credentials)
    const control = event.currentTarget.elements.namedItem(first)
    if (control instanceof HTMLElement) control.focus()
  }
  const refused = fieldErrors(submission.error, NAMES)
  const errorOf = (name: string): string | null => missing.get(name) ?? refused.fields.get(name) ?? null
  const change = (name: keyof Credentials, value: string): void => {
    setCredentials({ ...credentials, [name]: value })
    setMissing(new Map())
  }

  return (
    <form noValidate onSubmit={submit}>
      {prefilled && <p className="field-hint">This is a demo desk: its own account is filled in.</p>}
      <Field label="Email" error={errorOf('email')}>
        {(control) => (
          <input
            {...control}
            data-testid="email"
            name="email"
            type="email"
            autoComplete="username"
            ref={emailInput}
            value={credentials.email}
            onChange={(event) => change('email', event.target.value)}
          />
        )}
      </Field>
      <Field label="Password" error={errorOf('password') ?? refused.form}>
        {(control) => (
          <input
            {...control}
            data-testid="password"
            name="password"
            type="password"
            autoComplete={purpose === 'login' ? 'current-password' : 'new-password'}
            value={credentials.password}
            onChange={(event) => change('password', event.target.value)}
          />
        )}
      </Field>
      <button type="submit" className="button button-primary" ref={button} disabled={submission.isPending}>
        {submission.isPending ? 'One moment…' : purpose === 'login' ? 'Sign in' : 'Create account'}
      </button>
    </form>
  )
}

function missingFields({ email, password }: Credentials): ReadonlyMap<string, string> {
  const missing = new Map<string, string>()
  if (!email.trim()) missing.set('email', 'Enter your email address.')
  if (!password) missing.set('password', 'Enter your password.')
  return missing
}
