import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll } from 'vitest'

/** How the venue answers orders: see `venue-program.mjs`. All but the last three execute them. */
export type Behaviour =
  | 'fill'
  | 'hang'
  | 'dead'
  | 'error'
  | 'cut'
  | 'garbage'
  | 'nonsense'
  | 'twice'
  | 'reject'
  | 'late'
  | 'lost'

/** What the venue knows: the judge of what was really executed. */
export interface VenueLedger {
  readonly fills: {
    readonly clientOrderId: string
    readonly orderId: string
    readonly side: string
    readonly baseAmount: string
  }[]
  /** Ids of orders as they came, with repetitions. */
  readonly received: string[]
  /** How often it was asked what became of an order. */
  readonly asked: number
}

/** A venue in a process of its own, that a test can make misbehave. */
export interface Venue {
  readonly url: string
  behave(behaviour: Behaviour): Promise<void>
  /** Late orders arrive. */
  release(): Promise<void>
  ledger(): Promise<VenueLedger>
}

const PROGRAM = fileURLToPath(new URL('./venue-program.mjs', import.meta.url))

/** A venue for the tests of one file. After each test it behaves. */
export function useVenue(): Venue {
  let url = ''
  let stop = async (): Promise<void> => undefined
  beforeAll(async () => {
    const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    stop = async () => {
      child.kill('SIGKILL')
      await exited
    }
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    url = line
  })
  afterAll(() => stop())
  afterEach(() => post('/behaviour', 'fill'))

  const post = async (path: string, body = ''): Promise<void> => {
    await fetch(url + path, { method: 'POST', body })
  }
  return {
    get url() {
      return url
    },
    behave: (behaviour) => post('/behaviour', behaviour),
    release: () => post('/release'),
    ledger: async () => (await (await fetch(`${url}/ledger`)).json()) as VenueLedger,
  }
}
