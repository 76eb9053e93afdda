import { cached, memoryStore, open, type StoreFactory } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'
import type { Library, NodeOptions } from '../port.ts'

/** Ourselves, as declared by anyone. */
export const holdfast: Library = {
  name: 'Holdfast',
  package: 'holdfast',
  configuration:
    "cached({ ttl: '1h', l1: { max: 10,000 }, load, loadMany }), defaults otherwise; redisStore({ url }), on a Cluster redisStore({ cluster: { nodes } })",
  topologies: ['memory', 'standalone', 'cluster'],
  lacks: {},
  async open(options) {
    const { source, tagOf, staleWhileRevalidate } = options
    const rows = cached({
      key: 'row:{id}',
      about: 'The rows of a scenario.',
      value: z.unknown(),
      ttl: '1h',
      l1: { max: 10_000 },
      ...(staleWhileRevalidate && { staleWhileRevalidate: '1h' }),
      tags: ({ id }) => (tagOf ? [tagOf(id)] : []),
      load: ({ id }) => source.load(id),
      loadMany: (ids) => source.loadMany(ids.map(({ id }) => id)),
    })
    const state = await open({ rows }, { store: storeOf(options) })
    return {
      get: (key) => state.rows.get({ id: key }),
      getMany: (keys) => state.rows.getMany(keys.map((id) => ({ id }))),
      set: async (key, value) => {
        await state.rows.set({ id: key }, value)
        return true
      },
      delete: async (key) => void (await state.rows.delete({ id: key })),
      deleteByTag: (name) => state.invalidateTags([name]),
      clear: () => state.rows.clear(),
      close: () => state.close(),
    }
  },
}

function storeOf({ where, namespace }: NodeOptions): StoreFactory {
  switch (where.topology) {
    case 'memory':
      return memoryStore()
    case 'standalone':
      return redisStore({ url: where.url, namespace })
    case 'cluster':
      return redisStore({ cluster: { nodes: where.urls.map(nodeOf) }, namespace })
  }
}

function nodeOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}
