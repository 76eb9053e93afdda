/** Another process that relays, until it is killed. */
import { redisStore } from 'holdfast/redis'
import { openAgents } from './desk.ts'

/** What it is to do. */
export interface RelayOrder {
  readonly databaseUrl: string
  readonly redis: { readonly url: string; readonly namespace: string }
}

const { databaseUrl, redis } = JSON.parse(process.argv[2] ?? '') as RelayOrder
const agents = await openAgents(databaseUrl)
await agents.open(redisStore(redis), { outbox: { lease: '1s' } })
process.stdout.write('"ready"\n')
