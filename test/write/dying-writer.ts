/**
 * Another process that writes, stops where it is told to, says so, and waits to be killed there.
 */
import { open, type Truth } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { type Interruptions, openBank, type Session, setAmount } from '../kinds/strong/bank.ts'

/** What it is to do. */
export interface DyingOrder {
  readonly databaseUrl: string
  readonly redis: { readonly url: string; readonly namespace: string }
  readonly dieAt: keyof Pick<Interruptions, 'beforeCommit' | 'afterCommit'>
  readonly id: string
  readonly amount: number
  readonly change: 'touch' | 'put'
}

const order = JSON.parse(process.argv[2] ?? '') as DyingOrder

const bank = await openBank(order.databaseUrl)
bank.interrupt[order.dieAt] = () => {
  process.stdout.write('"here"\n')
  return new Promise(() => undefined)
}
const truth: Truth<Session> = bank.truth
const state = await open(bank.keyspaces, { store: redisStore(order.redis), truth })
await state.write(async (tx, changes) => {
  changes[order.change](bank.keyspaces.account, { id: order.id })
  await setAmount(tx, order.id, order.amount)
})
