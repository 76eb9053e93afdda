/** Parts of the desk that can be switched on for some. */
export const FEATURES = ['leaderboard', 'nearest-venue', 'one-click-orders'] as const

/** A part of the desk that can be switched on for some. */
export type Feature = (typeof FEATURES)[number]
