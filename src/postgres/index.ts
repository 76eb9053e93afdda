/** PostgreSQL as the truth, through the database library that the application uses already. */
export { drizzleTruth } from './drizzle.ts'
