import { RIVALS } from '../rivals/throughput/index.ts'
import type { MemoryCache } from '../rivals/throughput/rival.ts'
import type { Work } from '../measure.ts'
import type { Row } from '../row.ts'
import { idsUpTo, keysUpTo, openQuotes, quoteOf } from './quotes.ts'
import { type Rule, rivalry, type Side } from './rivalry.ts'

const KEYS = 1_000
const OURS = 'l1: { max }, coherent with Redis'

/** Reads that the memory of the process answers. The rivals get keys as they are; ours builds each from its id. */
function l1Row(
  row: string,
  about: string,
  unit: string,
  method: keyof MemoryCache & ('peek' | 'get' | 'getMany'),
  rules: readonly Rule[],
): Row {
  return {
    row,
    about,
    run({ redisUrl }) {
      const ours: Side = {
        name: 'holdfast',
        configuration: OURS,
        async open() {
          const { works, close } = await openOurs(redisUrl)
          return { work: works[method], close }
        },
      }
      const entries = keysUpTo(KEYS).map((key, index) => ({ key, value: quoteOf(String(index)) }))
      const others = RIVALS.flatMap(({ name, memory }): Side[] => {
        if (!memory) return []
        const open: Side['open'] = async () => {
          const cache = await memory.open(entries)
          return { work: cache[method], close: () => cache.close?.() }
        }
        return [{ name, configuration: memory.configuration, open }]
      })
      return rivalry(unit, ours, others, rules)
    },
  }
}

async function openOurs(url: string): Promise<{
  works: Record<'peek' | 'get' | 'getMany', Work>
  close(): Promise<void>
}> {
  const { quote, close } = await openQuotes(url, KEYS, { l1: true })
  const ids = idsUpTo(KEYS)
  const some = ids.slice(0, 100)
  const works = {
    peek(count: number) {
      let found = 0
      for (let done = 0; done < count; done++) if (quote.peek(ids[done % KEYS] as { id: string })) found++
      if (found !== count) throw new Error(`${count - found} entries were not in memory`)
    },
    async get(count: number) {
      for (let done = 0; done < count; done++) await quote.get(ids[done % KEYS] as { id: string })
    },
    async getMany(count: number) {
      for (let done = 0; done < count; done++) await quote.getMany(some)
    },
  }
  return { works, close }
}

/** The rows of the L1. */
export const l1Rows: readonly Row[] = [
  l1Row('l1.peek', 'a hit in memory, without a promise', 'reads/s', 'peek', [
    { against: 'lru-cache', target: { atLeast: 0.65 } },
    { against: 'layered-loader', target: { atLeast: 1 } },
  ]),
  l1Row('l1.get', 'a hit in memory, awaited', 'reads/s', 'get', [
    { against: 'layered-loader', target: { atLeast: 0.9 } },
    { against: 'bentocache', target: { atLeast: 25 } },
  ]),
  l1Row('l1.getMany(100)', '100 hits in memory by one call', 'calls/s', 'getMany', [
    { against: 'layered-loader', target: { atLeast: 1 } },
  ]),
]
