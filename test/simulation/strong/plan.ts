/** What happens in a run, as a seed decides. */
import { seededRandom } from '../seeded-random.ts'
import {
  aFault,
  aWrite,
  CHEAP_FAULTS,
  type Fault,
  type FaultKind,
  GATE_FAULTS,
  type Operation,
  type Setting,
} from './steps.ts'
import { STORIES } from './stories.ts'

/** All of a run but the delays of messages. */
export interface Plan {
  readonly seed: number
  readonly nodes: number
  readonly accounts: number
  readonly lastsMs: number
  readonly weather: { readonly delayMs: number; readonly slowShare: number; readonly isUnordered: boolean }
  /** How fast each process's clock runs. */
  readonly rates: readonly number[]
  readonly retries: number
  readonly timeoutMs: number
  readonly steps: readonly (Operation | Fault)[]
}

/** How long a long story takes, at most. */
const STORY_MS = 4_000

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  const random = seededRandom(Math.imul(seed, 0x9e37_79b1) ^ 0x5bd1_e995)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const isLong = random() < 0.4
  const nodes = 2 + Math.floor(random() * 2)
  const accounts = 2 + Math.floor(random() * 2)
  const lastsMs = isLong ? 4_000 + random() * 7_000 : 150 + random() * 450
  const isUnordered = random() < 0.3
  const weather = { delayMs: pick([1, 3, 8]), slowShare: pick([0, 0.02, 0.08]), isUnordered }
  const setting: Setting = { random, nodes, accounts, delayMs: weather.delayMs, isUnordered }
  // Few moments at which much happens: that is where races are.
  const moments = Array.from({ length: isLong ? 14 : 6 }, () => random() * lastsMs)
  const atMs = (): number => (random() < 0.8 ? pick(moments) + random() * 25 : random() * lastsMs)
  const steps: (Operation | Fault)[] = []
  const operations = 50 + Math.floor(random() * 40)
  for (let count = 0; count < operations; count++) steps.push(anyOperation(setting, atMs(), isLong))
  const faults = Math.floor(random() * 7)
  for (let count = 0; count < faults; count++) {
    const what: FaultKind =
      isLong && random() < 0.5 ? pick(GATE_FAULTS) : random() < 0.4 ? 'evict' : pick(CHEAP_FAULTS)
    // Its order after the answers is what a flush is noticed by.
    if (isUnordered && what === 'flush') continue
    const forMs = random() < 0.6 ? random() * 60 : random() * (isLong ? 4_000 : 400)
    steps.push(aFault(what, atMs(), Math.floor(random() * nodes), forMs, random()))
  }
  const evictions = Math.floor(random() * 8)
  for (let count = 0; count < evictions; count++) steps.push(aFault('evict', atMs(), 0, 0, random()))
  const stories = STORIES.filter((story) => story.isLong === isLong)
  // Long ones one after the other: they close the gate.
  const slotMs = isLong ? STORY_MS : lastsMs / 2
  for (let fromMs = 0; fromMs + slotMs <= lastsMs; fromMs += slotMs)
    steps.push(...pick(stories).tell(setting, fromMs + random() * (isLong ? 400 : slotMs)))
  return {
    seed,
    nodes,
    accounts,
    lastsMs,
    weather,
    rates: Array.from({ length: nodes }, () => 0.92 + random() * 0.16),
    retries: random() < 0.5 ? 2 : 0,
    timeoutMs: pick([400, 3_000]),
    steps: steps.toSorted((a, b) => a.atMs - b.atMs),
  }
}

function anyOperation({ random, nodes, accounts }: Setting, atMs: number, isLong: boolean): Operation {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const chance = random()
  const what = chance < 0.35 ? 'get' : chance < 0.5 ? 'getMany' : chance < 0.6 ? 'versions' : 'write'
  const all = Array.from({ length: accounts }, (_, id) => id)
  const first = random() < 0.6 ? 0 : Math.floor(random() * accounts)
  const second = pick(all.filter((id) => id !== first))
  const ids = what === 'getMany' ? all : what === 'write' && random() < 0.4 ? [first, second] : [first]
  const write = aWrite(0, 0, ids, {
    puts: ids.filter(() => random() < 0.6),
    amount: ids.length === 2 ? 1 + Math.floor(random() * 9) : 0,
    isolation: random() < 0.7 ? 'read committed' : pick(['repeatable read', 'serializable']),
    ack: random() < 0.7 ? 'settled' : 'commit',
    unchanged: ids.length === 1 && random() < 0.15 ? [second] : [],
    looksFirst: random() < 0.2,
    thinkMs: random() < 0.6 ? 0 : random() < 0.8 ? random() * 10 : random() * (isLong ? 2_500 : 100),
    restMs: random() < 0.8 ? 0 : random() * 30,
    end: random() < 0.9 ? 'commit' : pick(['throw', 'swallow']),
    isChased: random() < 0.6,
  })
  return { ...write, what, atMs, node: Math.floor(random() * nodes) }
}
