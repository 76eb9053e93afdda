import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'

/** Another process. It takes its order as JSON, and prints lines of JSON. */
export interface Child {
  readonly pid: number
  /** The next line that it prints, parsed. Rejects when it ends without one. */
  next(): Promise<unknown>
  /** Kills it with SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** The library under its own name, from the compiled sources. */
const PACKAGE = {
  name: 'holdfast',
  type: 'module',
  exports: {
    '.': './src/index.js',
    './redis': './src/redis/index.js',
    './postgres': './src/postgres/index.js',
    './testing': './src/testing/index.js',
  },
}

/** Compiles a program once, since the oldest supported Node runs no TypeScript. Where it is then. */
export function compiledProgram(path: URL): () => URL {
  const program = relative(repository, fileURLToPath(path))
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-program-'))
    await compileInto(folder, program)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return () => pathToFileURL(join(folder, program.replace(/\.ts$/, '.js')))
}

/** Compiles a program once, and gives the way to start it. */
export function useProgram(path: URL): (order: unknown) => Child {
  const compiled = compiledProgram(path)
  const children: Child[] = []
  // Before its files go: what is registered last runs first.
  afterAll(() => Promise.all(children.map((child) => child.kill())).then(() => undefined))
  return (order) => {
    const child = start(fileURLToPath(compiled()), order)
    children.push(child)
    return child
  }
}

async function compileInto(folder: string, program: string): Promise<void> {
  const packageFile = createRequire(import.meta.url).resolve('typescript/package.json')
  const compiler = join(dirname(packageFile), 'bin', 'tsc')
  const places = ['--rootDir', repository, '--outDir', folder]
  const dialect = ['--target', 'es2023', '--module', 'nodenext', '--rewriteRelativeImportExtensions']
  const ease = ['--ignoreConfig', '--noCheck', '--types', 'node', '--customConditions', 'holdfast-source']
  await promisify(execFile)(process.execPath, [compiler, ...places, ...dialect, ...ease, program], {
    cwd: repository,
  })
  const isScriptOrFolder = (path: string): boolean => !/\.[a-z]+$/.test(path) || path.endsWith('.lua')
  await cp(join(repository, 'src'), join(folder, 'src'), { recursive: true, filter: isScriptOrFolder })
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), JSON.stringify(PACKAGE))
}

function start(program: string, order: unknown): Child {
  const child = spawn(process.execPath, [program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    async next() {
      const line = await lines.next()
      if (line.done) throw new Error(`${program} ended without a line`)
      return JSON.parse(line.value) as unknown
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
    },
  }
}
