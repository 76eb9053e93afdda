import type { Row } from './port.ts'
import { outage } from './rows/outage.ts'
import { overtaken } from './rows/overtaken.ts'
import { stampede } from './rows/stampede.ts'
import { together } from './rows/together.ts'
import { values } from './rows/values.ts'

/** The scoreboard from top to bottom. There is no V7. */
export const ROWS: readonly Row[] = [
  overtaken.v1,
  overtaken.v2,
  values.v3,
  together.v4,
  together.v5,
  values.v6,
  values.v8,
  overtaken.v9,
  overtaken.v10,
  outage.v11,
  overtaken.v12,
  overtaken.v13,
  together.v14,
  outage.v15,
  stampede.v16,
  stampede.v17,
]
