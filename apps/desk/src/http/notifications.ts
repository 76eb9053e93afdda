import type { TopicEvent } from 'holdfast'
import { z } from 'zod'
import { Notification } from '../domain/events.ts'
import { MOST_KEPT } from '../keyspaces/events.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'

const LIMIT = `must be a whole number from 1 to ${MOST_KEPT}`
const Position = z.string().regex(/^[^:]{0,64}:\d{1,15}$/, 'is no position of a notification')
const View = z
  .object({
    notifications: z.array(
      Notification.extend({ id: z.string(), position: z.string(), at: z.iso.datetime() }),
    ),
    position: z
      .string()
      .nullable()
      .describe('Where to go on from, here and on the stream; null while there is nothing.'),
    isComplete: z
      .boolean()
      .describe('False: there were others before these, after `since`, beyond `limit` or not kept any more.'),
  })
  .meta({ id: 'Notifications' })

/** What a user was told of. As it comes it is on the stream, as the topic `notifications`. */
export function notificationRoutes(app: App, { state, tokens }: { state: DeskState; tokens: Tokens }): void {
  app.route({
    onRequest: tokens.guard,
    method: 'GET',
    url: '/api/v1/notifications',
    schema: {
      tags: ['notifications'],
      summary: 'What I was told of, the latest first',
      description:
        `The last ${MOST_KEPT} of the last day are kept. To miss nothing, follow \`notifications\` on the stream ` +
        'first, and ask then: what comes in between is in both, under the same id.',
      security: BEARER,
      querystring: z.object({
        limit: z.coerce.number(LIMIT).int(LIMIT).min(1, LIMIT).max(MOST_KEPT, LIMIT).default(50),
        since: Position.optional().describe('Only what came after this `position`.'),
      }),
      response: { 200: View, ...problems(400, 401, 503) },
    },
    async handler({ user: { sub: userId }, query: { limit, since } }) {
      // One more: it is `since`, or tells that there is more.
      const kept = await state.notifications.history({ userId }, limit + 1)
      const known = kept.findIndex(({ position }) => position === since)
      return {
        notifications: kept
          .slice(known + 1)
          .slice(-limit)
          .toReversed()
          .map(viewOf),
        position: kept.at(-1)?.position ?? since ?? null,
        isComplete: since === undefined ? kept.length <= limit : known >= 0,
      }
    },
  })
}

function viewOf({ id, position, atMs, value }: TopicEvent<Notification>) {
  return { id, position, at: new Date(atMs).toISOString(), ...value }
}
