import { HoldfastError, LiveRefusedError } from '../core/errors.ts'
import { type LiveProblem, PROBLEMS } from './wire.ts'

/** What a client is told of an error; undefined for one that is nobody's business. */
export type Explain = (error: unknown) => LiveProblem | undefined

/** The answer to a failure: what `explain` says of it, what a refusal says itself, or that it did not work. */
export function answerTo(error: unknown, explain: Explain | undefined): LiveProblem & { isOurs: boolean } {
  const explained = explain?.(error)
  if (explained) return { code: explained.code, detail: explained.detail, isOurs: false }
  if (error instanceof LiveRefusedError) return { ...error.problem, isOurs: false }
  const detail =
    error instanceof HoldfastError ? `This cannot be had now: ${error.code}.` : 'This cannot be had now.'
  return { code: PROBLEMS.unavailable, detail, isOurs: true }
}
