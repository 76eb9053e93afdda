import { eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { users } from './schema.ts'

/** Who signs in. */
export interface User {
  readonly id: string
  readonly email: string
}

/** Makes a user; null when the address is taken. `email` in lower case. */
export async function createUser(db: Database, email: string, passwordHash: string): Promise<User | null> {
  const [row] = await db
    .insert(users)
    .values({ email, passwordHash })
    .onConflictDoNothing()
    .returning({ id: users.id, email: users.email })
  return row ?? null
}

/** The user with this address (in lower case) and the stored password, or null. */
export async function findUserByEmail(
  db: Database,
  email: string,
): Promise<(User & { passwordHash: string }) | null> {
  const [row] = await db
    .select({ id: users.id, email: users.email, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.email, email))
  return row ?? null
}

/** The user with this id, or null. */
export async function findUser(db: Database, id: string): Promise<User | null> {
  const [row] = await db.select({ id: users.id, email: users.email }).from(users).where(eq(users.id, id))
  return row ?? null
}

/** Replaces the stored password. */
export async function setPasswordHash(db: Database, id: string, passwordHash: string): Promise<void> {
  await db.update(users).set({ passwordHash }).where(eq(users.id, id))
}
