/** Loads the simulator, with the protocol as it is or with patches of its sources. */
import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createViteServer } from 'vitest/node'
import type { Patch } from './mutations.ts'
import type { runPlan } from './run.ts'

/** The simulator, ready to run. */
export interface Simulator {
  readonly runPlan: typeof runPlan
  close(): Promise<void>
}

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..', '..')
const conditions = ['holdfast-source', 'node']

/** The text of a source file with those of `patches` that are of it. @throws Error when one does not fit exactly once */
export function patched(file: string, text: string, patches: readonly Patch[]): string {
  let result = text
  for (const { find, replace } of patches.filter((each) => each.file === file)) {
    if (result.split(find).length !== 2) throw new Error(`${file} has not exactly once: ${find}`)
    result = result.split(find).join(replace)
  }
  return result
}

/** Whether all `patches` still fit. @throws Error for one that does not */
export function checkPatches(patches: readonly Patch[]): void {
  for (const file of new Set(patches.map((each) => each.file)))
    patched(file, readFileSync(join(root, file), 'utf8'), patches)
}

/** Another instance of everything. */
export async function loadSimulator(patches: readonly Patch[] = []): Promise<Simulator> {
  checkPatches(patches)
  const server = await createViteServer({
    root,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, watch: null, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true },
    resolve: { conditions },
    ssr: { resolve: { conditions }, noExternal: ['holdfast'] },
    plugins: [
      {
        name: 'patches',
        enforce: 'pre',
        transform: (code, id) => patched(relative(root, id.split('?')[0] ?? ''), code, patches),
      },
    ],
  })
  const simulator = (await server.ssrLoadModule('/test/simulation/strong/run.ts')) as Pick<
    Simulator,
    'runPlan'
  >
  return { runPlan: simulator.runPlan, close: () => server.close() }
}
