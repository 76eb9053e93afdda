import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from '../measure.ts'
import type { ImportReport } from '../programs/import-one.ts'
import type { Row } from '../row.ts'

const PROGRAM = fileURLToPath(new URL('../programs/import-one.js', import.meta.url))
const OURS = 'holdfast'
const THEIRS = '@redis/client'

async function importOne(what: string, how: 'time' | 'modules'): Promise<ImportReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, what, how])
  return JSON.parse(stdout) as ImportReport
}

/** The rows of what it costs to import the library. */
export const importRows: readonly Row[] = [
  {
    row: 'import',
    about: 'importing the built package in a fresh process',
    async run({ isQuick }) {
      const { modules } = await importOne(OURS, 'modules')
      const peers = modules.filter((url) => url.includes('/node_modules/'))
      const [ours, theirs]: [number[], number[]] = [[], []]
      for (let round = 0; round < (isQuick ? 5 : 25); round++) {
        ours.push((await importOne(OURS, 'time')).tookMs)
        theirs.push((await importOne(THEIRS, 'time')).tookMs)
      }
      return {
        comparisons: [
          {
            part: 'time',
            value: median(ours),
            unit: 'ms',
            against: `importing ${THEIRS}`,
            againstValue: median(theirs),
            target: { atMost: 0.5 },
            note: `${modules.length} modules of our own`,
          },
          {
            part: 'modules of other packages',
            value: peers.length,
            unit: 'modules',
            against: 'none',
            target: { atMost: 0 },
            note: peers.slice(0, 5).join(' '),
          },
        ],
      }
    },
  },
]
