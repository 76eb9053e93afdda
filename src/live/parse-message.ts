import { type ClientMessage, type LiveProblem, PROBLEMS } from './wire.ts'

const TYPES = ['auth', 'subscribe', 'unsubscribe', 'ping'] as const
const LONGEST_TOKEN = 4_096
const LONGEST_TOPIC = 600
const LONGEST_POSITION = 100

/** Reads what a client sent. `mostTopics`: in one message. */
export function parseMessage(text: string, mostTopics: number): ClientMessage | LiveProblem {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { code: PROBLEMS.malformed, detail: 'The message is not valid JSON.' }
  }
  const message = (typeof json === 'object' && json !== null ? json : {}) as Readonly<Record<string, unknown>>
  const type = TYPES.find((known) => known === message['type'])
  switch (type) {
    case undefined:
      return unknown(`type must be one of: ${TYPES.join(', ')}.`)
    case 'ping':
      return { type }
    case 'auth': {
      const { token } = message
      return isText(token, LONGEST_TOKEN) ? { type, token } : unknown(textOf('token', LONGEST_TOKEN))
    }
    case 'subscribe':
    case 'unsubscribe': {
      const { topics, since } = message
      if (!Array.isArray(topics) || topics.length === 0 || topics.length > mostTopics)
        return unknown(`topics: must be a list of 1 to ${mostTopics} topics.`)
      const wrong = topics.findIndex((topic) => !isText(topic, LONGEST_TOPIC))
      if (wrong >= 0) return unknown(textOf(`topics.${wrong}`, LONGEST_TOPIC))
      if (type === 'unsubscribe' || since === undefined) return { type, topics: topics as string[] }
      if (!isPositions(since, mostTopics))
        return unknown(`since: must name by topic a position of at most ${LONGEST_POSITION} characters.`)
      return { type, topics: topics as string[], since }
    }
  }
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest
}

function textOf(field: string, longest: number): string {
  return `${field}: must be a text of at most ${longest} characters.`
}

function isPositions(since: unknown, most: number): since is Readonly<Record<string, string>> {
  if (typeof since !== 'object' || since === null || Array.isArray(since)) return false
  const positions = Object.values(since)
  return positions.length <= most && positions.every((position) => isText(position, LONGEST_POSITION))
}

function unknown(detail: string): LiveProblem {
  return { code: PROBLEMS.unknownMessage, detail }
}
