/**
 * Another process that reads an account each time it is sent SIGUSR2, and says what it saw and who answered.
 */
import { redisStore } from 'holdfast/redis'
import { openBank } from '../kinds/strong/bank.ts'

/** What it is to do. */
export interface StoppedOrder {
  readonly databaseUrl: string
  readonly redis: { readonly url: string; readonly namespace: string }
  readonly id: string
}

const order = JSON.parse(process.argv[2] ?? '') as StoppedOrder
const bank = await openBank(order.databaseUrl)
const state = await bank.node(redisStore(order.redis))

async function read(): Promise<void> {
  const { value, tier } = await state.account.read({ id: order.id })
  process.stdout.write(`${JSON.stringify({ amount: value?.amount, tier })}\n`)
}

process.on('SIGUSR2', () => void read())
process.stdout.write('"ready"\n')
