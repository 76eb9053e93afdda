/** Where a venue's servers are: the nearest answers first. */
export interface VenueSite {
  readonly member: string
  readonly name: string
  readonly latitude: number
  readonly longitude: number
}

/** Regions in which venues and RPC providers have servers. */
export const VENUE_SITES: readonly VenueSite[] = [
  { member: 'tokyo', name: 'Tokyo', latitude: 35.6762, longitude: 139.6503 },
  { member: 'singapore', name: 'Singapore', latitude: 1.3521, longitude: 103.8198 },
  { member: 'mumbai', name: 'Mumbai', latitude: 19.076, longitude: 72.8777 },
  { member: 'frankfurt', name: 'Frankfurt', latitude: 50.1109, longitude: 8.6821 },
  { member: 'london', name: 'London', latitude: 51.5072, longitude: -0.1276 },
  { member: 'ashburn', name: 'Ashburn', latitude: 39.0438, longitude: -77.4874 },
  { member: 'oregon', name: 'Oregon', latitude: 45.8399, longitude: -119.7006 },
  { member: 'sao-paulo', name: 'São Paulo', latitude: -23.5558, longitude: -46.6396 },
  { member: 'sydney', name: 'Sydney', latitude: -33.8688, longitude: 151.2093 },
]
