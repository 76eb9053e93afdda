import { numeric, text, timestamp } from 'drizzle-orm/pg-core'

/** A point in time, with its zone. */
export const time = (name: string) => timestamp(name, { withTimezone: true })

/** When the row was made, by PostgreSQL's clock. */
export const createdAt = () => time('created_at').notNull().defaultNow()

/** The same to the millisecond, which is what JavaScript can hold: fit to go on reading from. */
export const listedAt = () =>
  timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow()

/** When the row was changed last, by PostgreSQL's clock: processes may disagree about the time, it does not. */
export const updatedAt = () => time('updated_at').notNull().defaultNow()

/** Money, amounts and prices: exact, any number of digits, text in JavaScript. */
export const decimal = (name: string) => numeric(name)

/** The name of a chain. */
export const chain = () => text('chain').notNull()

/** A normalised address or symbol on that chain. */
export const asset = () => text('asset').notNull()
