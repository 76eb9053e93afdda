import { expect } from 'vitest'
import { Problem } from '../../src/http/problem.ts'

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** The problem document that an answer must be, checked in full: its form, and that it gives nothing away. */
export function problemIn(answer: Answer): Problem {
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json(; charset=utf-8)?$/)
  const problem = Problem.strict().parse(JSON.parse(answer.body))
  expect(problem.status).toBe(answer.statusCode)
  expect(problem.type).toBe(`urn:holdfast:desk:${problem.code.toLowerCase().replaceAll('_', '-')}`)
  expect(problem.title).not.toBe('')
  expect(problem.detail).not.toBe('')
  // No stack, no statement, no address of ours.
  expect(answer.body).not.toMatch(/\bat .*\.[jt]s:\d|select |insert |update |127\.0\.0\.1|node_modules/i)
  return problem
}

/** The same in short: `404 UNKNOWN_AGENT`. */
export function refusal(answer: Answer): string {
  const { status, code } = problemIn(answer)
  return `${status} ${code}`
}
