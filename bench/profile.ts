import { type Profiler, Session } from 'node:inspector/promises'
import type { Work } from './measure.ts'

/** One function, and where its own time went. */
export interface HotFunction {
  readonly name: string
  /** Module and line. */
  readonly place: string
  /** Share of the time that samples found the function itself at work, without what it calls. */
  readonly selfPercent: number
}

const MOST_FUNCTIONS = 15
const SAMPLE_MICROS = 200
const PROFILE_MS = 1_500
/** Waiting for others, and the profiler itself. */
const NO_WORK: ReadonlySet<string> = new Set(['(idle)', '(root)', 'dispatch'])

/** Runs `work` under the profiler for a while, and gives its hottest functions. */
export async function profile(work: Work): Promise<HotFunction[]> {
  let count = 1
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS })
    await session.post('Profiler.start')
    const endMs = performance.now() + PROFILE_MS
    while (performance.now() < endMs) {
      await work(count)
      count = Math.min(count * 2, 10_000)
    }
    const { profile: taken } = await session.post('Profiler.stop')
    return hottest(taken)
  } finally {
    session.disconnect()
  }
}

function hottest({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): HotFunction[] {
  const nodeOf = new Map(nodes.map((node) => [node.id, node]))
  const selfMicros = new Map<string, { name: string; place: string; micros: number }>()
  let total = 0
  samples.forEach((id, index) => {
    const frame = nodeOf.get(id)?.callFrame
    if (!frame || NO_WORK.has(frame.functionName)) return
    const micros = timeDeltas[index] ?? 0
    total += micros
    const name = frame.functionName || '(anonymous)'
    const place = frame.url === '' ? '' : `${shortPath(frame.url)}:${frame.lineNumber + 1}`
    const key = `${name} ${place}`
    const known = selfMicros.get(key) ?? { name, place, micros: 0 }
    known.micros += micros
    selfMicros.set(key, known)
  })
  return [...selfMicros.values()]
    .sort((a, b) => b.micros - a.micros)
    .slice(0, MOST_FUNCTIONS)
    .map(({ name, place, micros }) => ({
      name,
      place,
      selfPercent: Math.round((micros / total) * 1_000) / 10,
    }))
}

/** From the package or the folder of ours on: where the repository lies is of no interest. */
function shortPath(url: string): string {
  return url.replace(/^.*\/node_modules\//, '').replace(/^.*\/(dist|\.tsbuild\/bench)\//, '$1/')
}
