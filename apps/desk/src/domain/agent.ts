import { z } from 'zod'

/** A trading agent as the desk shows and caches it. */
export const Agent = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  name: z.string(),
  /** Paper agents never reach a venue. */
  mode: z.enum(['paper', 'live']),
  /** Only an active agent trades. */
  status: z.enum(['active', 'paused']),
  /** In its owner's words. */
  strategy: z.string(),
  /** What its owner set of its trading config; what is not here has its default. */
  config: z.record(z.string(), z.unknown()),
  /** ISO 8601. */
  createdAt: z.string(),
})

/** A trading agent. */
export type Agent = z.infer<typeof Agent>
