import { describeBlocker } from '../../gate/blockers.ts'
import { closeGate, gateStatus, type GateStatus, openGate } from '../../gate/operate.ts'
import { type DatabaseCommand, type DatabaseContext, DONE, FOUND_TROUBLE, UsageError } from '../command.ts'
import { formatMs, jsonLine } from '../format.ts'
import { withDatabase } from '../with-database.ts'

/** The gate by hand. */
export const gate: DatabaseCommand = {
  on: 'database',
  name: 'gate',
  words: 'status | close <reason> | open',
  about: 'which Redis strong keyspaces trust; close it before work on Redis and around bulk jobs',
  options: {},
  async run(context) {
    const status = await withDatabase(context.databaseUrl, (truth) => {
      const [step, ...reason] = context.words
      const options = { namespace: context.namespace, clock: context.clock }
      if (step === 'close') return closeGate(truth, wordsOf(reason), options)
      if (reason.length > 0 || (step !== 'status' && step !== 'open'))
        throw new UsageError('gate: say status, close with a reason, or open')
      return step === 'open' ? openGate(truth, options) : gateStatus(truth, options)
    })
    print(context, status)
    return status.state === 'open' || status.isHeld ? DONE : FOUND_TROUBLE
  },
}

function wordsOf(reason: readonly string[]): string {
  if (reason.length === 0) throw new UsageError('gate close: say why, for those who find it closed')
  return reason.join(' ')
}

function print({ out, isJson }: DatabaseContext, status: GateStatus): void {
  if (isJson) return out(jsonLine(status))
  const { state, epoch, isHeld, reason, ageMs, run, blockers } = status
  out(`gate        ${state}, epoch ${epoch}, for ${formatMs(ageMs)}`)
  if (isHeld) out('held        until holdfast gate open')
  out(`${state === 'open' ? 'last closed' : 'because    '} ${reason}`)
  out(`trusts      run ${run === '' ? 'of no Redis yet' : run}`)
  for (const blocker of blockers) out(`in the way  ${describeBlocker(blocker)}`)
}
