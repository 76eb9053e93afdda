import { failOver } from '../faults.ts'
import { nonceOf } from '../gate-watch.ts'
import type { Scenario } from './scenario.ts'

const LAG_MS = 1_000
const PAUSE_MS = 2_000

/** A Sentinel promotes a replica that lags, under load. Nobody operates. */
export const failover: Scenario = {
  name: 'failover',
  about: 'The primary stops, and Sentinel promotes a replica that is a second behind. Then it goes on.',
  async happen({ world, tell }) {
    const [old, nonce] = [await world.redis.primaryPort(), await nonceOf(world)]
    await failOver(world, LAG_MS, PAUSE_MS, (what) => tell(what, true))
    return {
      async problems() {
        return [
          ...((await world.redis.primaryPort()) === old ? ['the old primary is the primary'] : []),
          ...((await nonceOf(world)) === nonce ? ['the epoch is the one from before'] : []),
        ]
      },
    }
  },
}
