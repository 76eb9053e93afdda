import { quiescence, within } from '../deadline.ts'
import { type Nodes, withNodes } from '../nodes.ts'
import { failed, type Library, type Outcome, passed, type RivalCache, type Row, type Where } from '../port.ts'
import { RowsOfTruth, versionIn } from '../rows-of-truth.ts'

const TRIALS = 20

/** How one of these rows differs from the others. */
interface Overtaking {
  /** What overtakes the load. */
  readonly by: 'delete' | 'tag'
  /** Who says so: the node that loads, or another one. */
  readonly from: 'same node' | 'other node'
  /** The load is of one key, or of it and a neighbour. */
  readonly read: 'one' | 'batch'
  /** Who is asked afterwards: every node, those with an empty memory alone, or the one that loaded. */
  readonly ask: 'every node' | 'new node' | 'loading node'
}

/**
 * A load has read its row and is still under way; the row changes, and an invalidation is acknowledged; the load
 * ends. From then on, the old row must not be found anywhere.
 */
async function overtake(library: Library, where: Where, how: Overtaking): Promise<Outcome> {
  const source = new RowsOfTruth()
  const options = { where, source, ...(how.by === 'tag' && { tagOf: (key: string) => `tag-${key}` }) }
  return withNodes(library, options, async (nodes) => {
    const [loading, other] = await nodes.openSeveral(2)
    if (!loading || !other) throw new Error('There are no nodes')
    const keys = Array.from({ length: TRIALS }, (_, index) => `k${index}`)
    await Promise.all(keys.map((key) => oneTrial(source, loading, other, how, key)))
    await quiescence()
    return verdict(await staleOn(nodes, [loading, other], how, keys))
  })
}

async function oneTrial(
  source: RowsOfTruth,
  loading: RivalCache,
  other: RivalCache,
  how: Overtaking,
  key: string,
): Promise<void> {
  source.write(key, 1)
  const held = source.hold(key)
  const load = how.read === 'one' ? loading.get(key) : loading.getMany([key, `${key}-neighbour`])
  await within('the load', held.reading)
  source.write(key, 2)
  const node = how.from === 'same node' ? loading : other
  await within('the invalidation', how.by === 'delete' ? node.delete(key) : node.deleteByTag(`tag-${key}`))
  held.release()
  await within('the read', load)
}

/** How many keys are stale, by who serves them. */
async function staleOn(
  nodes: Nodes,
  [loading, other]: readonly [RivalCache, RivalCache],
  how: Overtaking,
  keys: readonly string[],
): Promise<Record<string, number>> {
  const asked: Record<string, RivalCache> = {}
  if (how.ask !== 'new node') asked['the loading node'] = loading
  if (how.ask === 'every node') asked['the other node'] = other
  if (how.ask !== 'loading node') asked['a new node'] = await nodes.open()
  const counts: Record<string, number> = {}
  for (const [name, node] of Object.entries(asked)) {
    const found = await within('the read afterwards', Promise.all(keys.map((key) => node.get(key))))
    counts[name] = found.filter((value) => versionIn(value) !== 2).length
  }
  return counts
}

function verdict(stale: Record<string, number>): Outcome {
  const where = Object.entries(stale).filter(([, count]) => count > 0)
  if (where.length === 0) return passed(`0 of ${TRIALS} stale`)
  return failed(`stale: ${where.map(([name, count]) => `${count} of ${TRIALS} on ${name}`).join(', ')}`)
}

const row = (name: string, scenario: string, needs: Row['needs'], how: Overtaking): Row => ({
  row: name,
  scenario,
  needs: ['loader', ...needs],
  run: (library, where) => overtake(library, where, how),
})

/** An invalidation while a load is in flight: the bug of the whole category. */
export const overtaken = {
  v1: row('V1', 'the row changes and another node deletes the key while a load is in flight', [], {
    by: 'delete',
    from: 'other node',
    read: 'one',
    ask: 'every node',
  }),
  v2: row('V2', 'another node invalidates the tag while a load is in flight', ['tags'], {
    by: 'tag',
    from: 'other node',
    read: 'one',
    ask: 'every node',
  }),
  v9: row('V9', 'the loading node itself deletes the key during the load', [], {
    by: 'delete',
    from: 'same node',
    read: 'one',
    ask: 'loading node',
  }),
  v10: row('V10', 'the loading node itself invalidates the tag during the load', ['tags'], {
    by: 'tag',
    from: 'same node',
    read: 'one',
    ask: 'loading node',
  }),
  v12: {
    ...row('V12', 'a key is deleted during its load; what is in the second tier afterwards?', [], {
      by: 'delete',
      from: 'same node',
      read: 'one',
      ask: 'new node',
    }),
    topologies: ['standalone', 'cluster'],
  },
  v13: row('V13', 'a key is deleted during a batch load', ['batch'], {
    by: 'delete',
    from: 'same node',
    read: 'batch',
    ask: 'every node',
  }),
} satisfies Record<string, Row>
