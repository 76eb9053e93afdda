import type { Dump } from './dump.ts'
import { lineReader } from './line-reader.ts'
import { type Layout, type LayoutName, LAYOUTS, MalformedLineError } from './layout.ts'
import { ACCEPTED, ReplayError } from './replay-error.ts'

/** How a file is to be read. */
export interface DetectedLayout {
  readonly layout: Layout
  /** Whether the first line that is not blank names the columns. */
  readonly hasHeader: boolean
}

const LINES_LOOKED_AT = 20

/**
 * Finds the layout of a file: `forced`, or else by its header, or else by the first line that some layout can read
 * (aggTrades and trades may have seven columns each: then it is the kind of the fields that tells).
 *
 * A header that is not known is an error even where the lines look right: its columns may be in another order.
 *
 * @throws ReplayError REPLAY_LAYOUT_UNKNOWN, REPLAY_FILE_EMPTY
 */
export async function detectLayout(dump: Dump, forced: LayoutName | null): Promise<DetectedLayout> {
  const [first, ...others] = await firstLines(dump)
  if (first === undefined) throw empty(dump)
  const hasHeader = /^["a-z_]/i.test(first)
  if (hasHeader && others.length === 0) throw empty(dump)
  if (forced) return { layout: LAYOUTS[forced], hasHeader }

  const candidates = Object.values(LAYOUTS)
  const layout = hasHeader
    ? candidates.find((candidate) => isHeaderOf(candidate, first))
    : firstThatReads(candidates, [first, ...others])
  if (layout) return { layout, hasHeader }
  const problem = hasHeader
    ? `its header is ${JSON.stringify(first.slice(0, 120))}`
    : `none of its first lines can be read, the first is ${JSON.stringify(first.slice(0, 120))}`
  throw new ReplayError(
    'REPLAY_LAYOUT_UNKNOWN',
    `${dump.file} has no known layout: ${problem}. Accepted: ${ACCEPTED}; --layout tells which.`,
    { setting: '--replay', file: dump.file, line: 1 },
  )
}

async function firstLines(dump: Dump): Promise<string[]> {
  const found: string[] = []
  for await (const block of dump.blocks()) {
    for (const line of block) {
      if (line.trim() !== '') found.push(line.trim())
      if (found.length === LINES_LOOKED_AT) return found
    }
  }
  return found
}

/** The names up to the last one that a line must have. Some files leave out or rename what comes after. */
function isHeaderOf(layout: Layout, line: string): boolean {
  const names = line.toLowerCase().split(',')
  const needed = layout.name === 'klines' ? 7 : layout.columns.length - layout.optional
  return layout.columns.slice(0, needed).every((column, index) => names[index]?.trim() === column)
}

function firstThatReads(candidates: readonly Layout[], lines: readonly string[]): Layout | undefined {
  for (const line of lines) {
    const layout = candidates.find((candidate) => reads(candidate, line))
    if (layout) return layout
  }
  return undefined
}

function reads(layout: Layout, line: string): boolean {
  try {
    lineReader(layout).read(line)
    return true
  } catch (error) {
    if (error instanceof MalformedLineError) return false
    throw error
  }
}

function empty(dump: Dump): ReplayError {
  return new ReplayError('REPLAY_FILE_EMPTY', `${dump.file} has no trades. Accepted: ${ACCEPTED}.`, {
    setting: '--replay',
    file: dump.file,
  })
}
