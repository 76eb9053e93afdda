import { runProgram, type Account } from '../run-program.ts'

/** The user `nobody` and its group, on every Linux. */
const NOBODY: Account = { uid: 65_534, gid: 65_534 }

/**
 * PostgreSQL refuses to run as root. Started by root, it runs as the owner of its data folder when there is one
 * already, else as `nobody`. `undefined`: as this process itself.
 */
export function serverAccount(owner?: Account): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  return owner && owner.uid !== 0 ? owner : NOBODY
}

/** Whether `account` can enter the folder `dir`. Tried for real: mode bits alone do not tell. */
export async function canEnter(dir: string, account: Account | undefined): Promise<boolean> {
  const entered = await runProgram('/bin/sh', ['-c', 'cd -- "$1"', 'sh', dir], { account })
  return entered.failure === undefined
}
