import { ApiProblem, problemWords } from '../api/problem.ts'

/** Splits a refusal into messages for the named fields, and one for the form when none of them explains it. */
export function fieldErrors(
  error: unknown,
  names: readonly string[],
): { fields: ReadonlyMap<string, string>; form: string | null } {
  if (error === null || error === undefined) return { fields: new Map(), form: null }
  const known = error instanceof ApiProblem ? error.fields : new Map<string, string>()
  const fields = new Map<string, string>()
  for (const name of names) {
    const message = known.get(name)
    if (message !== undefined) fields.set(name, sentence(message))
  }
  return { fields, form: fields.size > 0 ? null : problemWords(error).detail }
}

/** `must be above 0` as a sentence: with a capital letter and a full stop. */
export function sentence(message: string): string {
  const capital = message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
