import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'
import type { PostgresOptions, RedisOptions } from '../../src/embedded/index.ts'

/** What the other process is to do, and whether it then waits or exits. */
export type LauncherOrder = (
  | { readonly postgres: Omit<PostgresOptions, 'clock' | 'onProgress'> }
  | { readonly redis: Omit<RedisOptions, 'clock'> }
  | { readonly lock: string }
) & { readonly afterwards: 'wait' | 'exit' }

/** The other process. */
export interface Launcher {
  readonly pid: number
  /** The next line that it prints, parsed. */
  readonly next: () => Promise<unknown>
  /** Kills it and waits until it is gone. */
  readonly kill: () => Promise<void>
  readonly exited: Promise<unknown>
}

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Compiles the launcher once, since the oldest supported Node runs no TypeScript, and gives the way to start it. */
export function useLauncher(): (order: LauncherOrder) => Launcher {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-launcher-'))
    await compileInto(folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return (order) => launch(join(folder, 'test', 'embedded', 'launcher-program.js'), order)
}

async function compileInto(folder: string): Promise<void> {
  const packageFile = createRequire(import.meta.url).resolve('typescript/package.json')
  const compiler = join(dirname(packageFile), 'bin', 'tsc')
  const program = join(repository, 'test', 'embedded', 'launcher-program.ts')
  const options = [
    '--ignoreConfig',
    '--rootDir',
    repository,
    '--outDir',
    folder,
    '--types',
    'node',
    '--noCheck',
  ]
  const dialect = ['--target', 'es2023', '--module', 'nodenext', '--rewriteRelativeImportExtensions']
  await promisify(execFile)(process.execPath, [compiler, ...options, ...dialect, program], {
    cwd: repository,
  })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
}

function launch(program: string, order: LauncherOrder): Launcher {
  // In a process group of its own, like a program in a terminal: Ctrl-C goes to the whole group.
  const child = spawn(process.execPath, [program, JSON.stringify(order)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    exited,
    async next() {
      const line = await lines.next()
      if (line.done) throw new Error('the launcher ended without a line')
      return JSON.parse(line.value) as unknown
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
