import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'

/** What express-session asks of its store. */
export interface RivalSessions {
  begin(id: string, session: object): Promise<unknown>
  get(id: string): Promise<unknown>
  /** What it asks at the end of a request that has changed nothing. */
  touch(id: string, session: object): Promise<unknown>
  close(): unknown
}

/** connect-redis, which has no index by user, and nothing that stays revoked. */
export const connectRedis = {
  name: 'connect-redis',
  configuration: 'new RedisStore({ client: createClient({ url }) }), ttl 1800',
  async open(url: string): Promise<RivalSessions> {
    const client = createClient({ url })
    await client.connect()
    const store = new RedisStore({ client, prefix: 'connect:', ttl: 1_800 })
    const held = (session: object): never => session as never
    return {
      begin: (id, session) => store.set(id, held(session)),
      get: (id) => store.get(id),
      touch: (id, session) => store.touch(id, held(session)),
      close: () => client.destroy(),
    }
  },
}
