import { DeclarationError } from '../core/errors.ts'
import { type KeyPattern, LONGEST_PARAMETER, overlap } from '../keyspace/pattern.ts'

interface Patterned {
  readonly pattern: KeyPattern
}

/** A topic that a client named: its channel, and its id there. */
export interface FoundTopic<Channel> {
  readonly channel: Channel
  readonly id: Readonly<Record<string, string>>
}

/** @throws DeclarationError when some topic could belong to two of them */
export function checkChannels(channels: readonly Patterned[]): void {
  for (const [index, { pattern }] of channels.entries())
    for (const other of channels.slice(0, index))
      if (overlap(pattern, other.pattern))
        throw new DeclarationError(
          'channels',
          `'${pattern.text}' and '${other.pattern.text}' can be one topic`,
        )
}

/** The channel and id of a topic; undefined for what is none. */
export function findTopic<Channel extends Patterned>(
  channels: readonly Channel[],
  text: string,
): FoundTopic<Channel> | undefined {
  const parts = text.split(':')
  for (const channel of channels) {
    const id = idIn(channel.pattern, parts)
    if (id) return { channel, id }
  }
  return undefined
}

function idIn({ segments }: KeyPattern, parts: readonly string[]): Record<string, string> | undefined {
  if (parts.length !== segments.length) return undefined
  const id: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const part = parts[index] as string
    if ('literal' in segment) {
      if (part !== segment.literal) return undefined
      continue
    }
    const decoded = decode(part)
    if (decoded === undefined || !canBeParameter(decoded)) return undefined
    id[segment.parameter] = decoded
  }
  return id
}

/** As `key` of a pattern has it: what it refuses is no topic. */
function canBeParameter(text: string): boolean {
  return text !== '' && text.length <= LONGEST_PARAMETER && text.isWellFormed()
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
