import { quiescence, STEP_MS, within } from '../deadline.ts'
import { withNodes } from '../nodes.ts'
import { failed, type Library, type Outcome, passed, type RivalCache, type Row, type Where } from '../port.ts'
import { RowsOfTruth, versionIn } from '../rows-of-truth.ts'
import { onEach, startServers } from '../servers.ts'

/** A cold read while Redis says nothing, and while nobody listens there any more. */
async function unreachable(library: Library, where: Where): Promise<Outcome> {
  const servers = await startServers(where.topology === 'cluster' ? 'cluster' : 'standalone')
  const source = new RowsOfTruth()
  try {
    return await withNodes(library, { where: servers.where, source }, async (nodes) => {
      const node = await nodes.open()
      source.write('warm', 2)
      await within('the read', node.get('warm'))
      servers.freeze()
      const silent = await coldRead(node, source, 'silent')
      servers.thaw()
      await quiescence()
      await servers.stop()
      const refused = await coldRead(node, source, 'refused')
      const observed = `Redis silent: ${silent.observed}; gone: ${refused.observed}`
      return silent.answered && refused.answered ? passed(observed) : failed(observed)
    })
  } finally {
    await servers.stop()
  }
}

async function coldRead(
  node: RivalCache,
  source: RowsOfTruth,
  key: string,
): Promise<{ answered: boolean; observed: string }> {
  source.write(key, 2)
  const loads = source.loads
  const startMs = performance.now()
  try {
    const found = await within('the read', node.get(key))
    const tookMs = Math.round(performance.now() - startMs)
    if (versionIn(found) === 2) return { answered: true, observed: `loaded in ${tookMs} ms` }
    return { answered: false, observed: `the read resolves to ${JSON.stringify(found) ?? 'undefined'}` }
  } catch (error) {
    const tookMs = Math.round(performance.now() - startMs)
    if (tookMs < STEP_MS) return { answered: false, observed: `the read rejects with ${String(error)}` }
    const loaded = source.loads > loads ? 'though the loader ran' : 'the loader never ran'
    return { answered: false, observed: `no answer for ${STEP_MS / 1_000} s, ${loaded}` }
  }
}

/** A write that Redis refuses because it is full. Afterwards, do all nodes say the same? */
async function fullThenRecovered(library: Library, where: Where): Promise<Outcome> {
  const source = new RowsOfTruth()
  return withNodes(library, { where, source }, async (nodes) => {
    const [first, second] = await nodes.openSeveral(2)
    if (!first || !second) throw new Error('There are no nodes')
    await within('the write', first.set('k', source.write('k', 1)))
    await quiescence()
    for (const node of [first, second]) await within('the read', node.get('k'))
    let answer: string
    try {
      await onEach(where, 'CONFIG', 'SET', 'maxmemory', '1')
      const isStored = await within('the write', first.set('k', source.write('k', 2)))
      answer = isStored ? 'is acknowledged' : 'says false'
    } catch (error) {
      answer = `rejects with ${error instanceof Error ? error.name : typeof error}`
    } finally {
      await onEach(where, 'CONFIG', 'SET', 'maxmemory', '0')
    }
    await quiescence()
    const found: (number | undefined)[] = []
    for (const node of [first, second, await nodes.open()])
      found.push(versionIn(await within('the read', node.get('k'))))
    const observed = `set ${answer}; afterwards the writer, another node and a new one read ${found.join(', ')}`
    const isSplit = new Set(found).size > 1
    const isLost = answer === 'is acknowledged' && found.some((version) => version !== 2)
    return isSplit || isLost ? failed(observed) : passed(observed)
  })
}

/** What callers meet while Redis is away. */
export const outage = {
  v11: {
    row: 'V11',
    scenario: 'Redis is unreachable: connected but silent, then gone',
    needs: ['loader'],
    topologies: ['standalone', 'cluster'],
    run: unreachable,
  },
  v15: {
    row: 'V15',
    scenario: 'a write fails because Redis is out of memory, then Redis recovers',
    needs: ['write', 'several nodes'],
    topologies: ['standalone', 'cluster'],
    run: fullThenRecovered,
  },
} satisfies Record<string, Row>
