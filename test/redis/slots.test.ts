import { createClient } from '@redis/client'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { entryKeys } from '../../src/entry/keys.ts'
import { readShards, readView } from '../../src/redis/cluster/map.ts'
import { parseRedirect } from '../../src/redis/cluster/redirect.ts'
import { slotOf } from '../../src/redis/cluster/slot.ts'
import { StoreRefusedError } from 'holdfast'

test('every key has the slot that Redis gives it', async () => {
  const { nodes, password } = inject('cluster')
  const [node] = nodes
  const cli = await createClient({ ...(node && { socket: node }), password }).connect()
  const keys = [
    '',
    'a',
    '{',
    '}',
    '{}',
    '{}a',
    'a{}',
    'a{b}c',
    'a{b{c}d}',
    '{a}{b}',
    'a{b',
    'žluť',
    '🐎',
    'x{ž}y',
  ]
  const random = fc.sample(fc.stringMatching(/^[ab{}ž:]{0,12}$/), { numRuns: 200, seed: 1 })
  for (const key of [...keys, ...random])
    expect([key, slotOf(key)]).toEqual([key, await cli.sendCommand<number>(['CLUSTER', 'KEYSLOT', key])])
  cli.destroy()
})

test('an entry and its ticket have one slot, with a hash tag and without', () => {
  const keys = entryKeys('holdfast:')
  for (const key of ['price:SOL', 'price:ž', 'holding:{user 1}:SOL', '~g:all:price:*', 'a:{x}'])
    expect(slotOf(keys.ticket(key))).toBe(slotOf(keys.entry(key)))
})

const node = (port: number, role = 'master', health = 'online', endpoint: string | null = '10.0.0.1') => ({
  endpoint,
  ip: '10.0.0.1',
  port,
  'tls-port': port + 1_000,
  role,
  health,
})

test('a primary has the slots of its shard; replicas may be asked', () => {
  const shards = [
    { slots: [0, 5, 7, 9], nodes: [node(1), node(2, 'replica')] },
    { slots: [6, 6], nodes: [node(3, 'replica'), node(4)] },
  ]
  const map = readShards(shards, 'asked', false)
  expect(map.primaries).toEqual([
    {
      node: { host: '10.0.0.1', port: 1 },
      ranges: [
        [0, 5],
        [7, 9],
      ],
    },
    { node: { host: '10.0.0.1', port: 4 }, ranges: [[6, 6]] },
  ])
  expect(map.replicas.map(({ port }) => port)).toEqual([2, 3])
  expect(readShards(shards.toReversed(), 'asked', false).signature).toBe(map.signature)
  expect(readShards(shards, 'asked', true).primaries[0]?.node.port).toBe(1_001)
})

test('one that failed over is no primary, one that has just joined is', () => {
  const primaries = (...shards: Parameters<typeof readShards>[0][number][]): number[] =>
    readShards(shards, 'asked', false).primaries.map((primary) => primary.node.port)
  expect(
    primaries({ slots: [], nodes: [node(1, 'master', 'fail')] }, { slots: [0, 1], nodes: [node(2)] }),
  ).toEqual([2])
  expect(primaries({ slots: [0, 1], nodes: [node(1, 'master', 'fail'), node(2)] })).toEqual([2])
  expect(primaries({ slots: [0, 1], nodes: [node(1, 'master', 'fail'), node(2, 'replica')] })).toEqual([1])
  expect(primaries({ slots: [], nodes: [node(1)] })).toEqual([1])
})

test.each([null, '', '?'])(
  'a node that announces %j as its host is where the one that said so is',
  (endpoint) => {
    const shards = [{ slots: [0, 1], nodes: [{ ...node(1, 'master', 'online', endpoint), ip: '' }] }]
    expect(readShards(shards, 'asked', false).primaries[0]?.node.host).toBe('asked')
  },
)

test('a view says whether its node answers, and how current it is', () => {
  const info = (state: string): string =>
    `cluster_state:${state}\r\ncluster_known_nodes:6\r\ncluster_size:3\r\ncluster_current_epoch:12\r\n`
  expect(readView(info('ok'))).toEqual({ isOk: true, epoch: 12, signature: '12 6 3' })
  expect(readView(info('fail')).isOk).toBe(false)
})

test.each([
  ['MOVED 3999 127.0.0.1:6381', { kind: 'moved', node: { host: '127.0.0.1', port: 6381 } }],
  ['ASK 3999 fe80::1:6381', { kind: 'ask', node: { host: 'fe80::1', port: 6381 } }],
  ['MOVED 3999 :6381', { kind: 'moved', node: { host: '', port: 6381 } }],
  ['TRYAGAIN Multiple keys request during rehashing of slot', { kind: 'again' }],
  ['CLUSTERDOWN The cluster is down', undefined],
  ['ERR MOVED 1 a:1', undefined],
])('%s', (message, redirect) => {
  expect(parseRedirect(new StoreRefusedError('get', new Error(message)))).toEqual(redirect)
})
