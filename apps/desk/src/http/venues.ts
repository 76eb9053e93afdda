import { z } from 'zod'
import { VENUE_SITES } from '../domain/venue-sites.ts'
import type { DeskState } from '../ops/state.ts'
import type { App } from './app.ts'
import { problems } from './problem.ts'

const LATITUDE = 'must be a number of degrees from -85 to 85'
const LONGITUDE = 'must be a number of degrees from -180 to 180'
const MOST = 'must be a whole number from 1 to 20'
/** Of an empty text `Number` would make 0, which is a place in the Atlantic. */
const degrees = (message: string, most: number) =>
  z
    .string(message)
    .regex(/^-?\d{1,3}(\.\d{1,12})?$/, message)
    .transform(Number)
    .pipe(z.number().min(-most, message).max(most, message))
const View = z
  .object({
    venues: z.array(
      z.object({
        site: z.string(),
        name: z.string(),
        latitude: z.number(),
        longitude: z.number(),
        metres: z.number(),
      }),
    ),
  })
  .meta({ id: 'NearestVenues' })
const NETWORK = { network: 'main' }

/** Where to trade from. */
export function venueRoutes(app: App, { state }: { state: DeskState }): void {
  const nameOf = new Map(VENUE_SITES.map(({ member, name }) => [member, name]))
  app.route({
    method: 'GET',
    url: '/api/v1/venues/nearest',
    schema: {
      tags: ['market'],
      summary: 'The servers of venues nearest to a place',
      querystring: z.object({
        latitude: degrees(LATITUDE, 85),
        longitude: degrees(LONGITUDE, 180),
        most: z.coerce.number(MOST).int(MOST).min(1, MOST).max(20, MOST).default(3),
      }),
      response: { 200: View, ...problems(400, 503) },
    },
    async handler({ query: { latitude, longitude, most } }) {
      const centre = { latitude, longitude }
      let near = await state.venueSites.nearest(NETWORK, centre, most)
      if (near.length === 0) {
        // Nobody filled the map, or the store lost it.
        await state.venueSites.add(NETWORK, VENUE_SITES)
        near = await state.venueSites.nearest(NETWORK, centre, most)
      }
      const venues = near.map(({ member, ...place }) => {
        return {
          site: member,
          name: nameOf.get(member) ?? member,
          ...place,
          metres: Math.round(place.metres),
        }
      })
      return { venues }
    },
  })
}
