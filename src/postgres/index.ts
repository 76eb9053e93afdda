/** PostgreSQL as the truth, through the database library that the application uses already. */
export { drizzleTruth } from './drizzle.ts'
export { pgTruth, type PgPoolLike } from './pg.ts'
export { pgliteTruth, type PgliteLike } from './pglite.ts'
export { prismaTruth, type PrismaLike, type PrismaTruthOptions } from './prisma.ts'
export { soundPool, type SoundablePool } from './sound-pool.ts'
