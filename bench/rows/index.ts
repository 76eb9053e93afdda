import type { Row } from '../row.ts'
import { coherenceRows } from './coherence.ts'
import { heapRows } from './heap.ts'
import { idempotencyRows } from './idempotency.ts'
import { importRows } from './import.ts'
import { l1Rows } from './l1.ts'
import { l2Rows } from './l2.ts'
import { limiterRows } from './limiter.ts'
import { lockRows } from './lock.ts'
import { memoryUserRows } from './memory-users.ts'
import { queueRows } from './queue.ts'
import { relayRows } from './relay.ts'
import { scaleRows } from './scale.ts'
import { roundTripRows } from './round-trips.ts'
import { sessionRows } from './sessions.ts'
import { sessionStoreRows } from './session-store.ts'
import { stampedeRows } from './stampede.ts'
import { strongRows } from './strong.ts'
import { tagRows } from './tags.ts'
import { warmRows } from './warm.ts'
import { writeRows } from './write.ts'

/** Every row, in the order of the report. */
export const ROWS: readonly Row[] = [
  ...l1Rows,
  ...l2Rows,
  ...strongRows,
  ...stampedeRows,
  ...coherenceRows,
  ...tagRows,
  ...heapRows,
  ...writeRows,
  ...memoryUserRows,
  ...limiterRows,
  ...lockRows,
  ...idempotencyRows,
  ...sessionRows,
  ...sessionStoreRows,
  ...roundTripRows,
  ...queueRows,
  ...relayRows,
  ...importRows,
  ...warmRows,
  ...scaleRows,
]
