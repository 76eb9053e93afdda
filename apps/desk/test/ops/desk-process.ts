import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..')
const run = promisify(execFile)

/**
 * Compiles library and desk into a folder of their own, laid out as the repository is, and gives the way to start
 * the desk there: what a test runs is what the sources say now, and nobody's build is touched.
 */
export function useDeskProgram(): (args: readonly string[], env: Environment) => DeskProcess {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-desk-'))
    await Promise.all([
      compile('src', join(folder, 'compiled')),
      compile('apps/desk', join(folder, 'apps/desk/dist')),
    ])
    const bundle = join(repository, 'scripts', 'bundle.mjs')
    await run(process.execPath, [bundle, join(folder, 'compiled'), join(folder, 'dist')])
    for (const path of ['package.json', 'apps/desk/package.json', 'apps/desk/migrations'])
      await cp(join(repository, path), join(folder, path), { recursive: true })
    await linkPackages(folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return (args, env) => launch(join(folder, 'apps/desk/dist/main.js'), args, env)
}

async function compile(project: string, outDir: string): Promise<void> {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  const alone = [
    '--composite',
    'false',
    '--declarationDir',
    'null',
    '--declaration',
    'false',
    '--isolatedDeclarations',
    'false',
    '--noCheck',
  ]
  const options = ['-p', join(repository, project), '--outDir', outDir, '--tsBuildInfoFile', 'null', ...alone]
  await run(process.execPath, [join(typescript, 'bin', 'tsc'), ...options])
}

/** The packages of the repository, but for `holdfast`, which is the one in `folder`. */
async function linkPackages(folder: string): Promise<void> {
  for (const place of ['node_modules', 'apps/desk/node_modules']) {
    if (!existsSync(join(repository, place))) continue
    await mkdir(join(folder, place), { recursive: true })
    for (const name of await readdir(join(repository, place))) {
      const target = name === 'holdfast' ? folder : join(repository, place, name)
      if (!name.startsWith('.')) await symlink(target, join(folder, place, name))
    }
  }
}

type Environment = Readonly<Record<string, string>>

/** The desk as a process of its own, as `npm start` runs it. */
export interface DeskProcess {
  readonly pid: number
  /** All that it printed so far. */
  readonly out: () => string
  readonly err: () => string
  /** Resolves once it printed something that fits. */
  readonly printed: (what: RegExp) => Promise<RegExpExecArray>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>
}

const LONGEST_START_MS = 30_000

function launch(program: string, args: readonly string[], env: Environment): DeskProcess {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  // `close` comes when all that it printed has been read, too.
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  return {
    pid: child.pid ?? 0,
    out: () => out,
    err: () => err,
    exited,
    signal: (signal) => void child.kill(signal),
    async printed(what) {
      let found: RegExpExecArray | null = null
      await eventually(() => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${out}\n${err}`)
        return (found = what.exec(out)) !== null
      }, LONGEST_START_MS)
      return found as unknown as RegExpExecArray
    },
  }
}

/** The command lines of all processes that name `folder`. */
export async function processesOf(folder: string): Promise<string[]> {
  const lines = existsSync('/proc/self/cmdline') ? await linesOfProc() : await linesOfPs()
  return lines.filter((line) => line.includes(folder))
}

async function linesOfProc(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
}

async function linesOfPs(): Promise<string[]> {
  return (await run('ps', ['-Awwo', 'args='])).stdout.split('\n')
}
