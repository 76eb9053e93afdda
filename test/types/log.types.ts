/**
 * What must compile, and what must not: an unused `@ts-expect-error` is itself an error. Checked by `npm run check`;
 * nothing here runs.
 */
import { log, type Log, open } from 'holdfast'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_proof: Equal<A, B>): void {
  // The type of the parameter is the test.
}

const logs = log({ key: 'logs:{service}', about: 'x' })

export async function writing(): Promise<void> {
  const state = await open({ logs })
  same<typeof state.logs, Log<{ readonly service: string }>>(true)
  state.logs.write({ service: 'api' }, { module: 'http', level: 'info', message: 'x', fields: { n: 1n } })
  // @ts-expect-error -- no level
  state.logs.write({ service: 'api' }, { module: 'http', level: 'loud', message: 'x' })
  // @ts-expect-error -- a line has a module
  state.logs.write({ service: 'api' }, { level: 'info', message: 'x' })
  // @ts-expect-error -- a parameter is missing
  state.logs.tail({})
}
