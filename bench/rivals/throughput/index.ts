import { bentocache } from './bentocache.ts'
import { cacheManager } from './cache-manager.ts'
import { cacheable } from './cacheable.ts'
import { layeredLoader } from './layered-loader.ts'
import { lruCache } from './lru-cache.ts'
import type { Rival } from './rival.ts'

/** The rivals of the rows that compare throughput. */
export const RIVALS: readonly Rival[] = [layeredLoader, bentocache, cacheable, cacheManager, lruCache]
