/** The drivers, as the table names them. */
export const NAMES: readonly string[] = [
  'node-postgres',
  'Drizzle on node-postgres',
  'Prisma 7 on its node-postgres adapter',
  'PGlite',
  'Drizzle on PGlite',
]

/** Drivers without a connection that could break: PostgreSQL runs in this process. */
export const IN_PROCESS: readonly string[] = ['PGlite', 'Drizzle on PGlite']
