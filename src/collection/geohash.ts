import type { Point } from './port.ts'

/**
 * Where Redis has places: the scores of a sorted set, of 52 bits. Those of latitude and longitude take turns, each a
 * binary search of its range, which is why what is near has a near score. The cells of a place are up to 0.6 m apart.
 */

/** Degrees either way; Redis has none nearer to the poles, as maps have not. */
export const MOST_LATITUDE = 85.051_128_78
/** Degrees either way. */
export const MOST_LONGITUDE = 180

const BITS = 26
const CELLS = 2 ** BITS
/** What Redis takes it for, in metres. */
const EARTH_RADIUS = 6_372_797.560_856

/** The score of a point: the cell that it lies in. */
export function geohash({ latitude, longitude }: Point): number {
  const north = cellOf(latitude, MOST_LATITUDE)
  const east = cellOf(longitude, MOST_LONGITUDE)
  let hash = 0
  for (let bit = BITS - 1; bit >= 0; bit--) hash = hash * 4 + ((east >>> bit) & 1) * 2 + ((north >>> bit) & 1)
  return hash
}

/** The middle of a cell. */
export function pointOf(hash: number): Point {
  let north = 0
  let east = 0
  let rest = hash
  for (let bit = 0; bit < BITS; bit++) {
    north += (rest % 2) * 2 ** bit
    rest = Math.floor(rest / 2)
    east += (rest % 2) * 2 ** bit
    rest = Math.floor(rest / 2)
  }
  return { latitude: middleOf(north, MOST_LATITUDE), longitude: middleOf(east, MOST_LONGITUDE) }
}

/** How far two points are apart, in metres along the surface of a sphere (haversine), as Redis measures it. */
export function metresBetween(a: Point, b: Point): number {
  const [from, to] = [radians(a.latitude), radians(b.latitude)]
  const u = Math.sin((to - from) / 2)
  const v = Math.sin(radians(b.longitude - a.longitude) / 2)
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(u * u + Math.cos(from) * Math.cos(to) * v * v))
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}

function cellOf(degrees: number, most: number): number {
  // The last degree belongs to the last cell.
  return Math.min(CELLS - 1, Math.floor(((degrees + most) / (2 * most)) * CELLS))
}

function middleOf(cell: number, most: number): number {
  return ((cell + 0.5) / CELLS) * 2 * most - most
}
