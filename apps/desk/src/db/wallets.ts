import { and, eq } from 'drizzle-orm'
import type { Session } from './database.ts'
import { wallets } from './schema.ts'

/** Whether money is real. Paper wallets never reach a chain. */
export type WalletKind = (typeof wallets.$inferSelect)['kind']

/** The agent's wallet of this kind on `chain`, or null. */
export async function findWallet(
  tx: Session,
  agentId: string,
  chain: string,
  kind: WalletKind,
): Promise<string | null> {
  const [row] = await tx
    .select({ address: wallets.address })
    .from(wallets)
    .where(and(eq(wallets.agentId, agentId), eq(wallets.chain, chain), eq(wallets.kind, kind)))
  return row?.address ?? null
}

/** The agent's paper wallet on `chain`; made now if there is none. */
export async function ensurePaperWallet(tx: Session, agentId: string, chain: string): Promise<string> {
  // The address says whose it is: two processes that make it at once make the same one.
  const address = `paper_${chain}_${agentId}`
  await tx.insert(wallets).values({ address, agentId, chain, kind: 'paper' }).onConflictDoNothing()
  return address
}
