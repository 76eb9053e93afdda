import { setTimeout as sleep } from 'node:timers/promises'
import { quiescence, within } from '../deadline.ts'
import { withNodes } from '../nodes.ts'
import { failed, type Library, type Outcome, passed, type RivalCache, type Row, type Where } from '../port.ts'
import { RowsOfTruth, versionIn } from '../rows-of-truth.ts'
import { Connections } from '../connections.ts'

const KEYS = Array.from({ length: 50 }, (_, index) => `k${index}`)
const CUTS = 5
/** Of the time to connect again, beyond that to subscribe again. */
const SUBSCRIBED_MS = 300

const readAll = (node: RivalCache, keys: readonly string[] = KEYS): Promise<unknown[]> =>
  within('the reads', Promise.all(keys.map((key) => node.get(key))))

const old = (found: readonly unknown[]): number => found.filter((value) => versionIn(value) !== 2).length

/** `clear`, asked of every node afterwards, and of one that has nothing but Redis. */
async function cleared(library: Library, where: Where, count: number): Promise<Outcome> {
  const source = new RowsOfTruth()
  return withNodes(library, { where, source }, async (nodes) => {
    const several = await nodes.openSeveral(count)
    for (const key of KEYS) source.write(key, 1)
    for (const node of several) await readAll(node)
    await quiescence()
    for (const key of KEYS) source.write(key, 2)
    await within('clear', several[0]?.clear() ?? Promise.reject())
    await quiescence()
    const stale: string[] = []
    for (const [index, node] of [...several, await nodes.open()].entries()) {
      const olds = old(await readAll(node))
      const name = index === 0 ? 'the clearing node' : index < count ? `node ${index + 1}` : 'a new node'
      if (olds > 0) stale.push(`${olds} of ${KEYS.length} on ${name}`)
    }
    return stale.length === 0 ? passed('all nodes load again') : failed(`not cleared: ${stale.join(', ')}`)
  })
}

/** The connections of one node are cut for milliseconds, and another node writes meanwhile. */
async function dropped(library: Library, where: Where): Promise<Outcome> {
  const source = new RowsOfTruth()
  return withNodes(library, { where, source }, async (nodes) => {
    const writer = await nodes.open()
    await within('the write', writer.set('warm', source.write('warm', 1)))
    const ofReader = await Connections.openedFromNowOn(where)
    const reader = await nodes.open()
    await within('the read', reader.get('warm'))
    const usual = await ofReader.count()
    let stale = 0
    let deaf = 0
    try {
      for (let cut = 0; cut < CUTS; cut++) {
        const [key, later] = [`cut${cut}`, `later${cut}`]
        for (const name of [key, later]) {
          await within('the write', writer.set(name, source.write(name, 1)))
          await within('the read', reader.get(name))
        }
        await ofReader.cutDuring(() => within('the write', writer.set(key, source.write(key, 2))))
        await within('connecting again', ofReader.reach(usual))
        await sleep(SUBSCRIBED_MS)
        await within('the write', writer.set(later, source.write(later, 2)))
        await quiescence()
        stale += old(await readAll(reader, [key]))
        deaf += old(await readAll(reader, [later]))
      }
    } finally {
      ofReader.close()
    }
    if (deaf > 0)
      return failed(`${deaf} of ${CUTS} stale even of what is written after the connection is back`)
    if (stale > 0) return failed(`${stale} of ${CUTS} stale for ever, although the connection works again`)
    return passed(`0 of ${CUTS} stale`)
  })
}

/** One node acts, and others must follow. */
export const together = {
  v4: {
    row: 'V4',
    scenario: '`clear()` on a Redis Cluster',
    needs: ['loader', 'clear', 'cluster'],
    topologies: ['cluster'],
    run: (library, where) => cleared(library, where, 1),
  },
  v5: {
    row: 'V5',
    scenario: "a node's connections drop for milliseconds while another node writes",
    needs: ['several nodes'],
    topologies: ['standalone', 'cluster'],
    run: dropped,
  },
  v14: {
    row: 'V14',
    scenario: '`clear()` with several nodes',
    needs: ['loader', 'clear', 'several nodes'],
    topologies: ['standalone', 'cluster'],
    run: (library, where) => cleared(library, where, 3),
  },
} satisfies Record<string, Row>
