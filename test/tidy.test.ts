import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

// The style of this repository, as far as a machine can hold us to it. STYLE.md says why.

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Who may import whom. A room is a path prefix, the longest that fits wins; it may import itself and what is listed.
 * Packages are named as packages.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'src/core/': ['node:'],
  'src/keyspace/': ['src/core/'],
  'src/truth.ts': [],
  'src/entry/': ['src/core/', 'src/keyspace/', 'node:assert/strict'],
  'src/entry/redis.ts': ['src/core/', 'src/entry/', 'src/redis/commands.ts'],
  'src/fence/': ['src/core/', 'src/entry/values.ts', 'src/truth.ts', 'node:assert/strict'],
  'src/fence/redis.ts': ['src/core/', 'src/fence/', 'src/entry/', 'src/redis/commands.ts'],
  'src/kinds/cached/': ['src/core/', 'src/keyspace/', 'src/entry/'],
  'src/kinds/strong/': ['src/core/', 'src/keyspace/', 'src/entry/values.ts', 'src/fence/', 'src/truth.ts'],
  'src/kinds/idempotency/': [
    'src/core/',
    'src/keyspace/',
    'src/entry/values.ts',
    'src/truth.ts',
    'node:crypto',
  ],
  'src/kinds/lock/': ['src/core/', 'src/keyspace/', 'node:assert/strict'],
  'src/kinds/lock/redis.ts': ['src/kinds/lock/', 'src/redis/commands.ts'],
  'src/kinds/limiter/': ['src/core/', 'src/keyspace/', 'node:assert/strict'],
  'src/kinds/limiter/redis.ts': ['src/kinds/limiter/', 'src/redis/commands.ts'],
  'src/write/': ['src/core/', 'src/keyspace/', 'src/entry/values.ts', 'src/fence/', 'src/truth.ts'],
  'src/postgres/': ['src/truth.ts'],
  'src/store.ts': ['src/core/', 'src/entry/port.ts', 'src/fence/port.ts', 'src/kinds/'],
  'src/memory/': [
    'src/core/',
    'src/entry/memory.ts',
    'src/fence/',
    'src/kinds/lock/',
    'src/kinds/limiter/',
    'src/store.ts',
  ],
  'src/redis/': [
    'src/core/',
    'src/entry/keys.ts',
    'src/entry/port.ts',
    'src/entry/redis.ts',
    'src/fence/redis.ts',
    'src/kinds/lock/redis.ts',
    'src/kinds/limiter/redis.ts',
    'src/store.ts',
    '@redis/client',
    'node:',
  ],
  'src/redis/commands.ts': ['node:'],
  'src/observe/': ['src/core/', 'src/keyspace/'],
  'src/embedded/': ['src/core/', 'node:'],
  'src/testing/': [
    'src/core/',
    'src/entry/conformance.ts',
    'src/fence/conformance.ts',
    'src/kinds/lock/conformance.ts',
    'src/kinds/limiter/conformance.ts',
  ],
  'src/opened.ts': ['src/keyspace/', 'src/kinds/', 'src/write/'],
  'src/open.ts': [
    'src/core/',
    'src/keyspace/',
    'src/entry/generations.ts',
    'src/entry/port.ts',
    'src/kinds/',
    'src/memory/',
    'src/opened.ts',
    'src/store.ts',
    'src/truth.ts',
    'src/write/',
  ],
  'src/index.ts': ['src/'],
}

/** What only some files may call. Time and randomness are parameters; settings come from one place. */
const BANNED: readonly {
  readonly what: RegExp
  readonly instead: string
  readonly allowed: readonly string[]
}[] = [
  {
    what: /\b(Date\.now|performance\.now|setTimeout|setInterval)\s*\(|\bnew Date\(\)/,
    instead: 'take a Clock',
    allowed: ['src/core/clock.ts', 'apps/desk/web/src/clock.ts'],
  },
  {
    what: /\bsetImmediate\s*\(/,
    instead: 'take a Clock',
    allowed: ['src/redis/deadline.ts', 'src/testing/virtual-clock.ts'],
  },
  {
    what: /\b(Math\.random|randomBytes|randomUUID|randomInt|randomFillSync|getRandomValues)\s*\(/,
    instead: 'take a Random',
    allowed: [
      'src/core/random.ts',
      'src/embedded/',
      'apps/desk/src/http/passwords.ts',
      'apps/desk/web/src/random.ts',
    ],
  },
  {
    what: /\bprocess\.env\b/,
    instead: 'take a setting',
    allowed: ['apps/desk/src/ops/settings.ts', 'src/embedded/'],
  },
  { what: /\bconsole\./, instead: 'publish a signal, or log', allowed: [] },
  {
    what: /\bprocess\.exit\s*\(/,
    instead: 'end what you started and return',
    allowed: ['apps/desk/src/main.ts'],
  },
]

const LONGEST_FILE = 400
const VAGUE_NAMES = /^(utils?|helpers?|common|misc|types|managers?|handlers?|shared|lib)$/

interface Source {
  readonly path: string
  readonly text: string
}

function sourcesBelow(folder: string, endings: RegExp): Source[] {
  const found: Source[] = []
  const visit = (path: string): void => {
    for (const name of readdirSync(join(root, path))) {
      const child = `${path}/${name}`
      if (/^(node_modules|dist|\.tsbuild|public|migrations)$/.test(name)) continue
      if (statSync(join(root, child)).isDirectory()) visit(child)
      else if (endings.test(name)) found.push({ path: child, text: readFileSync(join(root, child), 'utf8') })
    }
  }
  visit(folder)
  return found
}

const library = sourcesBelow('src', /\.ts$/)
const desk = sourcesBelow('apps/desk', /\.tsx?$/).filter(({ path }) => !path.startsWith('apps/desk/test/'))
const shipped = [...library, ...desk]

/** The code alone: text that only mentions something is no use of it. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

/** What a file imports: paths from the root for own files, names for packages. */
function importsOf({ path, text }: Source): string[] {
  const specifiers = [
    ...withoutComments(text).matchAll(/(?:^|[\s;])(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g),
    ...withoutComments(text).matchAll(/\bimport\s*\(?\s*['"]([^'"]+)['"]/g),
  ].map((match) => match[1] as string)
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? relative(root, resolve(root, dirname(path), specifier)) : specifier,
  )
}

function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS)
    .filter((room) => path.startsWith(room))
    .sort((a, b) => b.length - a.length)[0]
}

describe('who imports whom', () => {
  test('every file of the library stands in a room of the table', () => {
    expect(library.map(({ path }) => path).filter((path) => roomOf(path) === undefined)).toEqual([])
  })

  test('the library keeps to the table', () => {
    const wrong = library.flatMap((source) => {
      const room = roomOf(source.path) as string
      const allowed = [room, ...(ROOMS[room] as readonly string[])]
      return importsOf(source)
        .filter((imported) => !allowed.some((prefix) => imported.startsWith(prefix)))
        .map((imported) => `${source.path} imports ${imported}`)
    })
    expect(wrong).toEqual([])
  })

  test('the Redis and memory part of a kind are imported by the rooms that assemble them alone', () => {
    const wrong = library.flatMap((source) =>
      importsOf(source)
        .filter((imported) => /^src\/(entry|fence|kinds\/[^/]+)\/(redis|memory)\.ts$/.test(imported))
        .filter((imported) => !source.path.startsWith(`src/${basename(imported, '.ts')}/`))
        .map((imported) => `${source.path} imports ${imported}`),
    )
    expect(wrong).toEqual([])
  })

  test('the desk knows the library by its package name only', () => {
    const wrong = desk.flatMap((source) =>
      importsOf(source)
        .filter((imported) => !imported.startsWith('apps/desk/') && /^(\.\.|src\/)/.test(imported))
        .map((imported) => `${source.path} imports ${imported}`),
    )
    expect(wrong).toEqual([])
  })

  test('there are no cycles, imports of types included', () => {
    const graph = new Map(shipped.map((source) => [source.path, importsOf(source)]))
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
        return
      }
      if (done.has(path)) return
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
    for (const path of graph.keys()) visit(path, [])
    expect(cycles).toEqual([])
  })
})

describe('files', () => {
  test(`no file is longer than ${LONGEST_FILE} lines`, () => {
    const long = shipped.map(({ path, text }) => [path, text.split('\n').length] as const)
    expect(long.filter(([, lines]) => lines > LONGEST_FILE)).toEqual([])
  })

  test('names say what is inside', () => {
    const parts = shipped.flatMap(({ path }) => path.replace(/\.tsx?$/, '').split('/'))
    expect(parts.filter((part) => VAGUE_NAMES.test(part))).toEqual([])
  })

  test.each(BANNED)('nobody calls $what: $instead', ({ what, allowed }) => {
    const callers = shipped
      .filter(({ path }) => !allowed.some((prefix) => path.startsWith(prefix)))
      .filter(({ text }) => what.test(withoutComments(text)))
    expect(callers.map(({ path }) => path)).toEqual([])
  })

  test('every exported name has a docstring', () => {
    const bare = shipped.flatMap(({ path, text }) => {
      const lines = text.split('\n')
      return lines.flatMap((line, index) => {
        const name =
          /^export (?:default )?(?:abstract )?(?:async )?(?:function\*?|class|const|let|interface|type|enum) (\w+)/.exec(
            line,
          )?.[1]
        if (name === undefined || (lines[index - 1] ?? '').trimEnd().endsWith('*/')) return []
        return [`${path}: ${name}`]
      })
    })
    expect(bare).toEqual([])
  })
})

describe('Lua scripts', () => {
  const scripts = sourcesBelow('src', /\.lua$/)

  test.each(scripts)('$path has a header with its contract', ({ path, text }) => {
    // Redis takes flags from a first line of its own.
    const script = text.replace(/^#!lua .*\n/, '')
    const header = script.slice(0, script.search(/^[^-]/m))
    expect(header.startsWith(`-- ${basename(path, '.lua')}: `)).toBe(true)
    for (const used of new Set(script.slice(header.length).match(/\b(KEYS|ARGV)\[\d+\]/g)))
      expect(header).toContain(used)
    expect(header).toMatch(/^-- Returns /m)
  })
})
