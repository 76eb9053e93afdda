import { DeclarationError } from 'holdfast'
import { redisStore, type RedisStoreOptions } from 'holdfast/redis'
import { expect, test } from 'vitest'

const nodes = [{ host: '127.0.0.1', port: 6379 }]

test.each([
  { url: 'redis://localhost' },
  { cluster: { nodes } },
  { cluster: { nodes, username: 'u', password: 'p', tls: true, addressMap: { '10.0.0.1:6379': nodes[0] } } },
  { sentinel: { name: 'mymaster', nodes } },
  {
    sentinel: { name: 'mymaster', nodes, password: 'p', sentinelPassword: 'q', database: 3 },
    commandTimeout: '2s',
  },
])('%j is a store', (options) => {
  expect(redisStore(options as RedisStoreOptions)).toBeTypeOf('function')
})

test.each<[object, RegExp]>([
  [{}, /^redisStore: has none of url, sentinel and cluster; give one/],
  [{ url: 'redis://x', cluster: { nodes } }, /^redisStore: has url and cluster; give one/],
  [{ cluster: {} }, /^redisStore\.cluster\.nodes: is empty/],
  [{ cluster: { nodes: [] } }, /^redisStore\.cluster\.nodes: is empty/],
  [{ cluster: 'redis://localhost' }, /^redisStore\.cluster: is no object/],
  [{ cluster: { nodes: [{ port: 1 }] } }, /^redisStore\.cluster\.nodes\[0\]\.host: is missing/],
  [
    { cluster: { nodes: [...nodes, { host: 'b' }] } },
    /^redisStore\.cluster\.nodes\[1\]\.port: undefined is no port/,
  ],
  [{ cluster: { nodes: [{ host: 'b', port: 65_536 }] } }, /\.port: 65536 is no port/],
  [
    { cluster: { nodes, database: 1 } },
    /^redisStore\.cluster\.database: does not exist; there are nodes, username/,
  ],
  [{ cluster: { nodes, password: 7 } }, /^redisStore\.cluster\.password: is a number, not a string/],
  [
    { cluster: { nodes, addressMap: { a: 'b' } } },
    /^redisStore\.cluster\.addressMap\['a'\]\.host: is missing/,
  ],
  [{ sentinel: { nodes } }, /^redisStore\.sentinel\.name: is missing/],
  [
    { sentinel: { name: 'm', nodes, database: -1 } },
    /^redisStore\.sentinel\.database: -1 is no whole number/,
  ],
  [{ sentinel: { name: 'm', nodes, masterName: 'x' } }, /^redisStore\.sentinel\.masterName: does not exist/],
])('%j is refused, by the name of the option', (options, message) => {
  expect(() => redisStore(options as RedisStoreOptions)).toThrow(DeclarationError)
  expect(() => redisStore(options as RedisStoreOptions)).toThrow(message)
})
