import { createClient } from '@redis/client'
import {
  ClosedError,
  CollectionFullError,
  DeclarationError,
  InvalidValueError,
  memoryStore,
  open,
  places,
} from 'holdfast'
import { expect, onTestFinished, test } from 'vitest'
import { geohash } from '../../../src/collection/geohash.ts'
import { freshRedis } from '../../servers/redis.ts'

const venues = places({ key: 'venues:{network}', about: 'Servers of venues.', ttl: '1d', max: 3 })
const net = { network: 'mainnet' }
const tokyo = { member: 'tokyo', latitude: 35.6762, longitude: 139.6503 }
const osaka = { member: 'osaka', latitude: 34.6937, longitude: 135.5023 }
const zurich = { member: 'zurich', latitude: 47.3769, longitude: 8.5417 }

async function world() {
  const state = await open({ venues }, { store: memoryStore() })
  onTestFinished(() => state.close())
  return state
}

test('the nearest, those within a distance, and where they are', async () => {
  const { venues } = await world()
  await venues.add(net, [tokyo, osaka])
  await venues.add(net, zurich)
  const kyoto = { latitude: 35.0116, longitude: 135.7681 }
  const near = await venues.nearest(net, kyoto)
  expect(near.map(({ member }) => member)).toEqual(['osaka', 'tokyo', 'zurich'])
  expect(near[0]?.metres).toBeCloseTo(42_859, -2)
  expect(await venues.nearest(net, kyoto, 1)).toEqual([near[0]])
  expect((await venues.within(net, kyoto, 400_000)).map(({ member }) => member)).toEqual(['osaka', 'tokyo'])
  expect(await venues.within(net, kyoto, 0)).toEqual([])
  const [where, nobody] = await venues.where(net, ['zurich', 'nobody'])
  expect(where?.latitude).toBeCloseTo(zurich.latitude, 5)
  expect(nobody).toBeUndefined()
  expect(await venues.remove(net, 'osaka')).toBe(1)
  expect(await venues.count(net)).toBe(2)
  expect(await venues.clear(net)).toBe(true)
})

test('what is beyond the bound is refused, with nothing put', async () => {
  const { venues } = await world()
  await venues.add(net, [tokyo, osaka])
  await expect(venues.add(net, [zurich, { ...zurich, member: 'bern' }])).rejects.toThrow(CollectionFullError)
  expect(await venues.count(net)).toBe(2)
})

test.each([
  ['latitude', { latitude: 85.06 }],
  ['latitude', { latitude: -90 }],
  ['latitude', { latitude: Number.NaN }],
  ['latitude', { latitude: '35' }],
  ['longitude', { longitude: 180.1 }],
  ['longitude', { longitude: Number.NEGATIVE_INFINITY }],
  ['longitude', { longitude: undefined }],
])('a %s out of range is refused, of a member and of a centre', async (which, wrong) => {
  const { venues } = await world()
  const place = { ...tokyo, ...(wrong as object) }
  for (const call of [
    venues.add(net, [osaka, place]),
    venues.nearest(net, place),
    venues.within(net, place, 5),
  ]) {
    await expect(call).rejects.toThrow(InvalidValueError)
    await expect(call).rejects.toThrow(`venues: the ${which} `)
  }
  expect(await venues.count(net)).toBe(0)
})

test('distances, counts and members that are none are refused', async () => {
  const { venues, close } = await world()
  for (const metres of [-1, Number.NaN, 2e8])
    await expect(venues.within(net, tokyo, metres)).rejects.toThrow(/^venues\.within\.metres: /)
  await expect(venues.nearest(net, tokyo, 0)).rejects.toThrow(/^venues\.most: /)
  await expect(venues.add(net, { ...tokyo, member: '' })).rejects.toThrow(InvalidValueError)
  await expect(venues.add(net, [tokyo, tokyo])).rejects.toThrow(/two places/)
  expect(() => places({ key: 'a:{id}', about: 'x', ttl: '1d', max: 0 })).toThrow(DeclarationError)
  await close()
  await expect(venues.nearest(net, tokyo)).rejects.toThrow(ClosedError)
})

test('places lie in the cells in which Redis puts them', async () => {
  const { url } = freshRedis()
  const client = await createClient({ url }).connect()
  onTestFinished(() => client.destroy())
  const key = `cells ${url}`
  const points = [
    tokyo,
    osaka,
    zurich,
    { member: 'nw', latitude: 85.05112877, longitude: -180 },
    { member: 'se', latitude: -85.05112878, longitude: 179.9999999 },
    { member: 'zero', latitude: 0, longitude: 0 },
    { member: 'tiny', latitude: 1e-7, longitude: -1e-7 },
  ]
  for (const { member, latitude, longitude } of points)
    await client.sendCommand(['GEOADD', key, String(longitude), String(latitude), member])
  const scores = await Promise.all(points.map(({ member }) => client.zScore(key, member)))
  await client.del(key)
  expect(scores).toEqual(points.map(geohash))
})
