import type { EventsChannel, Followable } from './channel.ts'
import type { Frame } from './pipe.ts'

/** A channel of events, as its streams see it. */
export type AnyEvents<Who> = EventsChannel<string, Followable, unknown, unknown, Who>

/** Events that are sent together, serialised once. */
export interface EventBatch {
  readonly items: readonly Followable[]
  readonly texts: readonly string[]
  readonly frame: Frame
}

/** Serialises events of a topic. */
export function batchOf(
  topic: string,
  channel: Pick<AnyEvents<never>, 'value'>,
  items: readonly Followable[],
): EventBatch {
  const texts = items.map((item) => {
    const { id, seq, position, atMs } = item
    return JSON.stringify({ id, seq, position, atMs, value: channel.value(item) })
  })
  return { items, texts, frame: frameOfTexts(topic, texts, items.at(-1)) }
}

/** The batch without its first `count` events. */
export function dropFirst(topic: string, batch: EventBatch, count: number): EventBatch {
  if (count === 0) return batch
  const texts = batch.texts.slice(count)
  const items = batch.items.slice(count)
  return { items, texts, frame: frameOfTexts(topic, texts, items.at(-1)) }
}

function frameOfTexts(topic: string, texts: readonly string[], last: Followable | undefined): Frame {
  const text = `{"type":"events","topic":${JSON.stringify(topic)},"events":[${texts.join(',')}]}`
  return { text, ...(last && { resume: { topic, position: last.position } }) }
}
