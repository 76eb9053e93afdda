import { DeclarationError } from '../../core/errors.ts'

/** A place in a stream: the run of its numbers, and the last number that was read. */
export interface Place {
  readonly line: string
  readonly seq: number
}

/** As a text that callers keep. */
export function positionOf({ line, seq }: Place): string {
  return `${line}:${seq}`
}

/** @throws DeclarationError naming `field`, for what no position looks like */
export function parseSince(field: string, text: string): 'now' | 'start' | Place {
  if (text === 'now' || text === 'start') return text
  const [, line = '', seq] = /^([A-Za-z0-9_.-]{0,64}):(\d{1,15})$/.exec(text) ?? []
  if (seq === undefined)
    throw new DeclarationError(
      field,
      `'${text.slice(0, 40)}' is neither 'now', 'start' nor a position of an event`,
    )
  return { line, seq: Number(seq) }
}
