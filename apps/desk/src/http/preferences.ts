import { InvalidValueError, type Recorded, ValueTooLargeError, VersionConflictError } from 'holdfast'
import { z } from 'zod'
import { DeskError } from '../domain/desk-error.ts'
import { Preferences } from '../domain/preferences.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'
import { BEARER, type Tokens } from './tokens.ts'

const tags = ['preferences']
const Version = z.int().min(0)
const View = z.object({ version: Version, preferences: Preferences }).meta({ id: 'Preferences' })
const Change = z.strictObject({
  changes: z
    .record(z.string(), z.unknown())
    .describe('Fields by their path, as in {"alerts.fills": false}; null takes a field back to its default.'),
  ifVersion: Version.optional().describe('Only if the preferences still have this version.'),
})

/** How a user wants the desk to be. */
export function preferenceRoutes(app: App, { state, tokens }: { state: DeskState; tokens: Tokens }): void {
  const guarded = { onRequest: tokens.guard } as const
  const shown = ({ value, version }: Recorded<Preferences>): z.infer<typeof View> => {
    return { version, preferences: { ...value, pinned: [...value.pinned] } }
  }

  app.route({
    ...guarded,
    method: 'GET',
    url: '/api/v1/preferences',
    schema: {
      tags,
      summary: 'My preferences',
      security: BEARER,
      response: { 200: View, ...problems(401, 503) },
    },
    handler: async ({ user: { sub: userId } }) => shown(await state.preferences.read({ userId })),
  })

  app.route({
    ...guarded,
    method: 'PATCH',
    url: '/api/v1/preferences',
    schema: {
      tags,
      summary: 'Change some of my preferences',
      description: 'All of the change is made, or nothing. Fields that are not named stay as they are.',
      security: BEARER,
      body: Change,
      response: { 200: View, ...problems(400, 401, 409, 503) },
    },
    async handler({ user: { sub: userId }, body: { changes, ifVersion } }) {
      const asked = Object.fromEntries(
        Object.entries(changes).map(([path, value]) => [path, value ?? undefined]),
      )
      try {
        const options = ifVersion === undefined ? {} : { ifVersion }
        return shown(await state.preferences.update({ userId }, asked, options))
      } catch (error) {
        throw refusal(error)
      }
    },
  })

  app.route({
    ...guarded,
    method: 'DELETE',
    url: '/api/v1/preferences',
    schema: {
      tags,
      summary: 'Take all my preferences back to their defaults',
      security: BEARER,
      response: { 200: View, ...problems(401, 503) },
    },
    handler: async ({ user: { sub: userId } }) => shown(await state.preferences.reset({ userId })),
  })
}

function refusal(error: unknown): unknown {
  if (error instanceof VersionConflictError)
    return new DeskError(
      'PREFERENCES_CHANGED',
      `The preferences were changed since: they have the version ${error.found}. Read them again.`,
    )
  if (error instanceof InvalidValueError || error instanceof ValueTooLargeError)
    return new DeskError('PREFERENCES_INVALID', error.message)
  return error
}
