import { createClient } from '@redis/client'
import { type Library, unsupported } from '../port.ts'

/** What teams write by hand: a Map, Redis, and a message for every key that changes. Only in the races. */
export const plainPubSub: Library = {
  name: 'plain pub/sub',
  package: '@redis/client',
  configuration: 'by hand: a Map, GET else load and SET, and PUBLISH of each changed key',
  topologies: ['standalone'],
  lacks: { tags: 'by hand', batch: 'by hand', 'stale while revalidate': 'by hand' },
  async open({ where, namespace, source }) {
    if (where.topology !== 'standalone') return unsupported()
    const client = await createClient({ url: where.url }).connect()
    const subscriber = await client.duplicate().connect()
    const memory = new Map<string, unknown>()
    await subscriber.subscribe(namespace, (key) => void memory.delete(key))
    const named = (key: string): string => `${namespace}:${key}`
    return {
      async get(key) {
        if (memory.has(key)) return memory.get(key)
        const text = await client.get(named(key))
        const value: unknown = text === null ? await source.load(key) : JSON.parse(text)
        if (text === null) await client.set(named(key), JSON.stringify(value))
        memory.set(key, value)
        return value
      },
      getMany: unsupported,
      async set(key, value) {
        await client.set(named(key), JSON.stringify(value))
        await client.publish(namespace, key)
        memory.set(key, value)
        return true
      },
      async delete(key) {
        memory.delete(key)
        await client.del(named(key))
        await client.publish(namespace, key)
      },
      deleteByTag: unsupported,
      clear: unsupported,
      async close() {
        client.destroy()
        subscriber.destroy()
      },
    }
  },
}
