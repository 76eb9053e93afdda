import { quiescence, within } from '../deadline.ts'
import { withNodes } from '../nodes.ts'
import { failed, type Library, type Outcome, passed, type Row, type Source, type Where } from '../port.ts'
import { RowsOfTruth, versionIn } from '../rows-of-truth.ts'

const SMALL: Readonly<Record<string, unknown>> = { zero: 0, empty: '', no: false, nothing: null }

/** Values that a careless `if` takes for "not there". */
async function smallValues(library: Library, where: Where): Promise<Outcome> {
  const loads: string[] = []
  const load = async (key: string): Promise<unknown> => {
    loads.push(key)
    return SMALL[key]
  }
  const source: Source = { load, loadMany: (keys) => Promise.all(keys.map(load)) }
  return withNodes(library, { where, source }, async (nodes) => {
    const first = await nodes.open()
    for (const key of Object.keys(SMALL)) await within('the load', first.get(key))
    loads.length = 0
    // Opened now, it has them from nowhere but Redis.
    const second = await nodes.open()
    const wrong: string[] = []
    for (const [key, value] of Object.entries(SMALL)) {
      const found = await within('the read', second.get(key))
      const shown = JSON.stringify(value)
      if (loads.includes(key)) wrong.push(`${shown} is loaded again`)
      else if (found !== value) wrong.push(`${shown} reads as ${JSON.stringify(found) ?? 'undefined'}`)
    }
    return wrong.length === 0 ? passed("0, '', false and null are kept") : failed(wrong.join(', '))
  })
}

/** An error of the source is the caller's to know. */
async function failingLoader(library: Library, where: Where): Promise<Outcome> {
  const fail = async (): Promise<never> => {
    throw new Error('the source is down')
  }
  return withNodes(library, { where, source: { load: fail, loadMany: fail } }, async (nodes) => {
    const node = await nodes.open()
    try {
      const found = await within('the read', node.get('k'))
      return failed(`the read resolves to ${JSON.stringify(found) ?? 'undefined'}`)
    } catch (error) {
      return passed(`the read rejects with ${error instanceof Error ? error.name : typeof error}`)
    }
  })
}

/** What a tag invalidated is gone, also for those who would take something stale. */
async function invalidatedAndStale(library: Library, where: Where): Promise<Outcome> {
  const trials = 20
  const source = new RowsOfTruth()
  const options = { where, source, tagOf: () => 'all', staleWhileRevalidate: true }
  return withNodes(library, options, async (nodes) => {
    const [first, second] = await nodes.openSeveral(2)
    if (!first || !second) throw new Error('There are no nodes')
    const keys = Array.from({ length: trials }, (_, index) => `k${index}`)
    for (const key of keys) {
      source.write(key, 1)
      await within('the read', first.get(key))
      await within('the read', second.get(key))
      source.write(key, 2)
    }
    await within('the invalidation', first.deleteByTag('all'))
    await quiescence()
    const stale: string[] = []
    for (const [name, node] of [['the same node', first] as const, ['the other node', second] as const]) {
      const found = await within('the read', Promise.all(keys.map((key) => node.get(key))))
      const old = found.filter((value) => versionIn(value) !== 2).length
      if (old > 0) stale.push(`${old} of ${trials} on ${name}`)
    }
    if (stale.length === 0) return passed(`0 of ${trials} stale`)
    return failed(`the invalidated value is returned: ${stale.join(', ')}`)
  })
}

/** Values that are easily taken for none, and loaders that throw. */
export const values = {
  v3: {
    row: 'V3',
    scenario: 'a tag is invalidated, then read with stale while revalidate on',
    needs: ['loader', 'tags', 'stale while revalidate'],
    run: invalidatedAndStale,
  },
  v6: {
    row: 'V6',
    scenario: "0, '', false and null are in Redis and read by another node",
    needs: ['loader'],
    topologies: ['standalone', 'cluster'],
    run: smallValues,
  },
  v8: {
    row: 'V8',
    scenario: 'the loader throws',
    needs: ['loader'],
    run: failingLoader,
  },
} satisfies Record<string, Row>
