import type pg from 'pg'
import type { Client } from '../client.ts'
import type { WorkerOrder } from '../messages.ts'
import type { Points } from '../points.ts'
import { MUTANTS } from './mutants.ts'
import { NAIVE, openNaive } from './naive.ts'
import { openProtocol } from './protocol.ts'

/** The protocol as it is. */
export const SOUND = 'holdfast'

/** Designs that the judge must find wrong. */
export const WRONG_DESIGNS: readonly string[] = [...Object.keys(NAIVE), ...Object.keys(MUTANTS)]

/** Opens what a worker works with. */
export async function openClient(order: WorkerOrder, pool: pg.Pool, points: Points): Promise<Client> {
  const naive = NAIVE[order.design]
  if (naive) return openNaive(order, pool, naive)
  const mutant = MUTANTS[order.design]
  if (!mutant && order.design !== SOUND) throw new Error(`no design '${order.design}'`)
  return openProtocol(order, pool, points, mutant)
}
