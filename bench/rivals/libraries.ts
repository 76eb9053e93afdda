import { bentocache } from './libraries/bentocache.ts'
import { cacheManager } from './libraries/cache-manager.ts'
import { cacheable } from './libraries/cacheable.ts'
import { holdfast } from './libraries/holdfast.ts'
import { layeredLoader } from './libraries/layered-loader.ts'
import { nodeRedis } from './libraries/node-redis.ts'
import { plainPubSub } from './libraries/pub-sub.ts'
import type { Library } from './port.ts'

/** The columns of the scoreboard. */
export const RIVALS: readonly Library[] = [bentocache, cacheable, cacheManager, layeredLoader, nodeRedis]

/** Everything that can be opened by its name. */
export const LIBRARIES: readonly Library[] = [holdfast, ...RIVALS, plainPubSub]

/** @throws for a name that is none. */
export function libraryNamed(name: string): Library {
  const library = LIBRARIES.find((candidate) => candidate.name === name)
  if (!library) throw new Error(`There is no library '${name}'`)
  return library
}
