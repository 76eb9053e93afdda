import assert from 'node:assert/strict'
import type { Place, Point } from '../port.ts'
import { type CollectionCase, HOUR_MS } from './harness.ts'

const NEW_YORK: Place = { member: 'NYSE', latitude: 40.7069, longitude: -74.0113 }
const LONDON: Place = { member: 'LSE', latitude: 51.5151, longitude: -0.099 }
const FRANKFURT: Place = { member: 'Xetra', latitude: 50.1153, longitude: 8.6779 }
const FARTHEST = 20_100_000

/** The same points for every store: numbers from 0 to 1 that look random. */
function fractions(): () => number {
  let seed = 42
  return () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
}

/** The angle between two directions in space, times the radius: another way to the same distance. */
function metresBetween(a: Point, b: Point): number {
  const [u, v] = [a, b].map(({ latitude, longitude }) => {
    const [north, east] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180]
    return [Math.cos(north) * Math.cos(east), Math.cos(north) * Math.sin(east), Math.sin(north)] as const
  }) as [readonly [number, number, number], readonly [number, number, number]]
  const across = Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
  return 6_372_797.560856 * Math.atan2(across, u[0] * v[0] + u[1] * v[1] + u[2] * v[2])
}

/** Places. */
export const placeCases: readonly CollectionCase[] = [
  {
    name: 'places: members are where they were put, to 0.6 m, until they move or are removed',
    async run({ collections: { places }, freshKey }) {
      const key = freshKey()
      const corners = [85.05112878, -85.05112878].flatMap((latitude) =>
        [180, -180].map((longitude) => ({ member: `${latitude} ${longitude}`, latitude, longitude })),
      )
      const all = [NEW_YORK, LONDON, FRANKFURT, ...corners]
      assert.equal(await places.put(key, all, 100, HOUR_MS), true)
      const members = all.map(({ member }) => member)
      for (const [index, point] of (await places.where(key, members)).entries()) {
        const place = all[index]
        assert.ok(point && place && metresBetween(point, place) < 0.6, `${place?.member} is somewhere else`)
      }
      await places.put(key, [{ ...LONDON, member: 'NYSE' }], 100, HOUR_MS)
      const [moved, nobody] = await places.where(key, ['NYSE', 'nobody'])
      assert.ok(moved && metresBetween(moved, LONDON) < 0.6)
      assert.equal(nobody, undefined)
      assert.equal(await places.remove(key, ['LSE', 'nobody']), 1)
      assert.equal(await places.count(key), all.length - 1)
    },
  },
  {
    name: 'places: the nearest come first, with their distance',
    async run({ collections: { places }, freshKey }) {
      const key = freshKey()
      await places.put(key, [NEW_YORK, FRANKFURT, LONDON], 100, HOUR_MS)
      const paris = { latitude: 48.8692, longitude: 2.3414 }
      const near = await places.near(key, paris, FARTHEST, 10)
      assert.deepEqual(
        near.map(({ member }) => member),
        ['LSE', 'Xetra', 'NYSE'],
      )
      for (const place of near) {
        assert.ok(Math.abs(place.metres - metresBetween(paris, place)) < 0.001)
      }
      assert.ok(Math.abs((near[0]?.metres ?? 0) - 341_725) < 1, `London is ${near[0]?.metres} m away`)
      assert.equal((await places.near(key, paris, FARTHEST, 2)).length, 2)
      assert.equal((await places.near(key, paris, 400_000, 10)).length, 1)
      const [itself, ...others] = await places.near(key, LONDON, 1, 10)
      assert.deepEqual([itself?.member, others.length], ['LSE', 0])
      assert.deepEqual(await places.near(freshKey(), paris, FARTHEST, 10), [])
    },
  },
  {
    name: 'places: none within a radius is missed, wherever on earth, and none beyond it is found',
    async run({ collections: { places }, freshKey }) {
      const key = freshKey()
      const next = fractions()
      const anywhere = (): Point => ({ latitude: next() * 170 - 85, longitude: next() * 360 - 180 })
      const put = Array.from({ length: 300 }, (_, index) => ({ member: `p${index}`, ...anywhere() }))
      await places.put(key, put, 300, HOUR_MS)
      const stored = await places.where(
        key,
        put.map(({ member }) => member),
      )
      const edges = [-180, 179.999, 0].flatMap((longitude) =>
        [-85, -1, 84.9].map((latitude) => ({ latitude, longitude })),
      )
      const centres = [...edges, ...Array.from({ length: 20 }, anywhere)]
      for (const centre of centres) {
        const all = put
          .map(({ member }, index) => ({ member, metres: metresBetween(centre, stored[index] ?? centre) }))
          .toSorted((a, b) => a.metres - b.metres)
        for (const metres of [100_000, 1_500_000, 6_000_000, 12_000_000, 18_000_000, FARTHEST]) {
          const expected = all.filter((place) => place.metres <= metres).map(({ member }) => member)
          const found = (await places.near(key, centre, metres, 300)).map(({ member }) => member)
          assert.deepEqual(found, expected, `${metres} m around ${JSON.stringify(centre)}`)
        }
      }
    },
  },
  {
    name: 'places: beyond the bound nothing is put, and who is there may move; they end so long after the last put',
    async run({ collections: { places }, freshKey, eventually }) {
      const key = freshKey()
      assert.equal(await places.put(key, [NEW_YORK], 2, HOUR_MS), true)
      assert.equal(await places.put(key, [LONDON, FRANKFURT], 2, HOUR_MS), false)
      assert.equal(await places.count(key), 1)
      assert.equal(await places.put(key, [LONDON, { ...NEW_YORK, latitude: 41 }], 2, 30), true)
      await eventually(async () => (await places.count(key)) === 0)
    },
  },
]
