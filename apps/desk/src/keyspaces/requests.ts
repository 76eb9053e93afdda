import { lock } from 'holdfast'

/** Held by the request that came first with its key, until it is answered. */
export const requestLock = lock({
  key: 'lock:request:{userId}:{key}',
  about:
    'One of several equal requests for a trade is taken at a time; the others are conflicts, and cost nothing.',
  lease: '30s',
})
