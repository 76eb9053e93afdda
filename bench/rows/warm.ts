import { type Cached, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { type BareClient, bareClient } from '../bare-client.ts'
import { median, timeMs } from '../measure.ts'
import type { Row } from '../row.ts'
import { declareQuotes, type Quote } from './quotes.ts'

const SLICES = 10
/** As `warm` does it. */
const PAGE = 500
const PAGES_AT_ONCE = 4

function* idsBetween(start: number, end: number): Generator<{ id: string }> {
  for (let index = start; index < end; index++) yield { id: String(index) }
}

async function warmSlice(
  quote: Cached<{ readonly id: string }, Quote>,
  start: number,
  end: number,
): Promise<void> {
  const { warmed } = await quote.warm(idsBetween(start, end), { pageSize: PAGE, concurrency: PAGES_AT_ONCE })
  if (warmed !== end - start) throw new Error(`${end - start - warmed} keys were not warmed`)
}

/** The same number of bytes under as many keys: what a program without a cache would send. */
async function setSlice(client: BareClient, text: string, start: number, end: number): Promise<void> {
  let next = start
  const lane = async (): Promise<void> => {
    while (next < end) {
      const first = next
      next = Math.min(end, first + PAGE)
      const page: Promise<unknown>[] = []
      for (let index = first; index < next; index++)
        page.push(
          client.set(`bare:quote:${index}`, text, {
            condition: 'NX',
            expiration: { type: 'PX', value: 3_600_000 },
          }),
        )
      await Promise.all(page)
    }
  }
  await Promise.all(Array.from({ length: PAGES_AT_ONCE }, lane))
}

/** The most that the process held while `work` ran. */
async function peakBytes(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.()
  let peak = 0
  const look = setInterval(() => (peak = Math.max(peak, process.memoryUsage().heapUsed)), 20)
  await work()
  clearInterval(look)
  return peak
}

/** The rows of warming up. */
export const warmRows: readonly Row[] = [
  {
    row: 'warm',
    about: '1,000,000 keys are brought into Redis, in ten parts by turns with the bare client',
    async run({ redisUrl, isQuick }) {
      const keys = isQuick ? 50_000 : 1_000_000
      const slice = keys / SLICES
      const state = await open({ quote: declareQuotes() }, { store: redisStore({ url: redisUrl }) })
      const client = await bareClient(redisUrl)
      await warmSlice(state.quote, 0, PAGE)
      const text = (await client.get('holdfast:quote:0')) ?? ''
      if (text === '') throw new Error('the entry of the first key is not where it should be')
      const [ours, theirs, peaks]: [number[], number[], number[]] = [[], [], []]
      for (let part = 0; part < SLICES; part++) {
        const [start, end] = [PAGE + part * slice, PAGE + (part + 1) * slice]
        peaks.push(
          await peakBytes(async () => {
            ours.push(slice / (await timeMs(() => warmSlice(state.quote, start, end))))
          }),
        )
        theirs.push(slice / (await timeMs(() => setSlice(client, text, start, end))))
      }
      return {
        comparisons: [
          {
            part: `${keys.toLocaleString('en')} keys`,
            value: median(ours) * 1_000,
            unit: 'keys/s',
            against: 'pipelined SET NX PX of the same bytes',
            againstValue: median(theirs) * 1_000,
            target: { atLeast: 0.5 },
            note: `${text.length} bytes each, pages of ${PAGE}, ${PAGES_AT_ONCE} at a time`,
          },
          {
            part: 'heap at its peak',
            value: (peaks.at(-1) ?? Number.NaN) * 1e-6,
            unit: 'MB in the last tenth',
            against: 'the first tenth',
            againstValue: (peaks[0] ?? Number.NaN) * 1e-6,
            target: { atMost: 1.5 },
            note: 'bounded: what is done already takes no memory',
          },
        ],
        ours: async (count) => {
          await warmSlice(state.quote, keys * 2, keys * 2 + count)
          await state.quote.clear()
        },
        close() {
          client.destroy()
          return state.close()
        },
      }
    },
  },
]
