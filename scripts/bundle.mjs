// Bundles the compiled library into `dist`: one file for each entry of the package, and what they share. Importing two
// hundred modules one by one takes several times as long as importing what they come to, and their Lua scripts would
// be two dozen more files to read.
//
//   node scripts/bundle.mjs [--watch] [from, default .tsbuild/src] [to, default dist]
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { rolldown, watch } from 'rolldown'

const isWatching = process.argv.includes('--watch')
const [from = '.tsbuild/src', to = 'dist'] = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith('--'))
const sources = resolve(import.meta.dirname, '../src')
const entryOf = (path) => relative('dist', path).replace(/\.js$/, '')

const { bin, exports } = JSON.parse(await readFile(resolve(import.meta.dirname, '../package.json'), 'utf8'))
const entries = [
  ...Object.values(exports).flatMap(({ default: path }) => path ?? []),
  ...Object.values(bin),
].map(entryOf)

/** A script as `loadScript` would have read it. */
const LOAD = /loadScript\(new URL\('\.\/([\w-]+)\.lua', import\.meta\.url\)\)/g
const scripts = {
  name: 'lua',
  transform(code, id) {
    if (!code.includes('.lua')) return undefined
    const inlined = code.replaceAll(LOAD, (_, name) => {
      const path = join(sources, relative(resolve(from), dirname(id)), `${name}.lua`)
      if (isWatching) this.addWatchFile(path)
      const source = readFileSync(path, 'utf8')
      return JSON.stringify({ name, source, sha: createHash('sha1').update(source).digest('hex') })
    })
    return { code: inlined, map: null }
  },
}

const input = Object.fromEntries(entries.map((entry) => [entry, resolve(from, `${entry}.js`)]))
const options = {
  input,
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  plugins: [scripts],
  checks: { circularDependency: true },
}
const output = {
  dir: to,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  // The comments are for those who read the sources.
  comments: { legal: false },
}

if (isWatching) {
  const watcher = watch({ ...options, output })
  watcher.on('event', (event) => {
    if (event.code === 'ERROR') process.stderr.write(`${event.error}\n`)
  })
  process.once('SIGTERM', () => void watcher.close())
} else {
  const bundle = await rolldown(options)
  const { output: written } = await bundle.write(output)
  await bundle.close()
  // What an earlier build left.
  const kept = new Set(written.map(({ fileName }) => fileName))
  for (const path of await readdir(to, { recursive: true }))
    if (/\.(js|js\.map|lua|tsbuildinfo)$/.test(path) && !kept.has(path)) await rm(join(to, path))
}
