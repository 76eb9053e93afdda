/**
 * Imports one package in a fresh process: `node import-one.js <package> time|modules`. The modules are counted by the
 * debugger, which hears of every script that is compiled, whatever kind of module it is.
 */
import { Session } from 'node:inspector'

/** What it prints. */
export interface ImportReport {
  readonly tookMs: number
  /** Files that were loaded; empty when the time was measured. */
  readonly modules: readonly string[]
}

const [, , what = '', how] = process.argv
const modules: string[] = []
if (how === 'modules') {
  const session = new Session()
  session.connect()
  session.on('Debugger.scriptParsed', ({ params: { url } }) => {
    if (url.startsWith('file://') && url !== import.meta.url) modules.push(url)
  })
  session.post('Debugger.enable')
  // What was loaded before is reported at once.
  modules.length = 0
}
const startedMs = performance.now()
await import(what)
const report: ImportReport = { tookMs: performance.now() - startedMs, modules }
process.stdout.write(JSON.stringify(report))
