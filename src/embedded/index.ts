/**
 * Private real servers: a PostgreSQL from an npm package and a Redis found on the machine, for a first start with
 * nothing installed and for tests. They listen on 127.0.0.1, ask for a password and end with their process.
 */
export { lockDirectory, type DirectoryLock, type DirectoryLockOptions } from './directory-lock.ts'
export { freePort } from './free-port.ts'
export { startPostgres, type EmbeddedPostgres, type PostgresOptions } from './postgres/start.ts'
export { type RedisBinary } from './redis/binary.ts'
export { findRedis, type FindRedisOptions } from './redis/find.ts'
export { startRedis, type EmbeddedRedis, type RedisOptions } from './redis/start.ts'
export type { AfterKill } from './server-process.ts'
