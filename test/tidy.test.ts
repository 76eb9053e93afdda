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
  'src/codec/': ['src/core/', 'node:zlib'],
  'src/msgpack/': ['src/codec/', 'msgpackr'],
  'src/keyspace/': ['src/core/'],
  'src/truth.ts': [],
  'src/entry/': ['src/codec/', 'src/core/', 'src/keyspace/', 'node:assert/strict'],
  'src/entry/redis.ts': ['src/core/', 'src/entry/', 'src/redis/commands.ts'],
  'src/fence/': [
    'src/codec/codec.ts',
    'src/core/',
    'src/entry/join.ts',
    'src/entry/values.ts',
    'src/truth.ts',
    'node:assert/strict',
  ],
  'src/fence/redis.ts': ['src/core/', 'src/fence/', 'src/entry/', 'src/redis/commands.ts'],
  'src/gate/': ['src/core/', 'src/fence/', 'src/truth.ts'],
  'src/collection/': ['src/core/', 'src/keyspace/', 'node:assert/strict'],
  'src/collection/redis.ts': ['src/collection/', 'src/redis/commands.ts'],
  'src/kinds/counter/': ['src/core/', 'src/keyspace/', 'src/collection/'],
  'src/kinds/unique/': ['src/core/', 'src/keyspace/', 'src/collection/'],
  'src/kinds/members/': ['src/core/', 'src/keyspace/', 'src/collection/'],
  'src/kinds/places/': ['src/core/', 'src/keyspace/', 'src/collection/'],
  'src/kinds/recent/': [
    'src/codec/json.ts',
    'src/core/',
    'src/keyspace/',
    'src/collection/',
    'src/entry/values.ts',
  ],
  'src/kinds/log/': [
    'src/codec/json.ts',
    'src/core/',
    'src/keyspace/',
    'src/collection/',
    'src/kinds/topic/',
    'src/outbox/message.ts',
    'src/truth.ts',
  ],
  'src/kinds/record/': [
    'src/codec/',
    'src/core/',
    'src/keyspace/',
    'src/collection/',
    'src/kinds/strong/declare.ts',
    'src/kinds/strong/strong.ts',
    'src/truth.ts',
  ],
  'src/kinds/ranking/': ['src/core/', 'src/keyspace/', 'src/collection/'],
  'src/kinds/flags/': ['src/core/', 'src/keyspace/', 'src/collection/', 'node:crypto'],
  'src/kinds/cached/': ['src/codec/declare.ts', 'src/core/', 'src/keyspace/', 'src/entry/'],
  'src/kinds/strong/': [
    'src/codec/declare.ts',
    'src/core/',
    'src/keyspace/',
    'src/entry/packing.ts',
    'src/entry/values.ts',
    'src/fence/',
    'src/gate/port.ts',
    'src/truth.ts',
  ],
  'src/kinds/query/': ['src/core/', 'src/keyspace/', 'src/kinds/cached/', 'src/truth.ts', 'node:crypto'],
  'src/kinds/idempotency/': [
    'src/codec/json.ts',
    'src/core/',
    'src/keyspace/',
    'src/entry/values.ts',
    'src/truth.ts',
    'node:crypto',
  ],
  'src/kinds/queue/': [
    'src/codec/json.ts',
    'src/core/',
    'src/keyspace/',
    'src/outbox/message.ts',
    'src/truth.ts',
    'node:assert/strict',
  ],
  'src/kinds/queue/redis.ts': ['src/core/', 'src/kinds/queue/', '@redis/client', 'bullmq'],
  'src/kinds/schedule/': [
    'src/core/',
    'src/keyspace/',
    'src/truth.ts',
    'croner',
    'node:assert/strict',
    'node:module',
  ],
  'src/kinds/schedule/redis.ts': ['src/kinds/schedule/', 'src/redis/commands.ts'],
  'src/kinds/lock/': ['src/core/', 'src/keyspace/', 'node:assert/strict'],
  'src/kinds/lock/redis.ts': ['src/kinds/lock/', 'src/redis/commands.ts'],
  'src/kinds/limiter/': ['src/core/', 'src/keyspace/', 'node:assert/strict'],
  'src/kinds/limiter/redis.ts': ['src/core/errors.ts', 'src/kinds/limiter/', 'src/redis/commands.ts'],
  'src/kinds/denylist/': [
    'src/core/',
    'src/keyspace/',
    'src/revocation/revocations.ts',
    'node:assert/strict',
    'node:crypto',
  ],
  'src/kinds/denylist/redis.ts': ['src/kinds/denylist/', 'src/redis/commands.ts'],
  'src/kinds/session/': [
    'src/revocation/revocations.ts',
    'src/entry/packing.ts',
    'src/codec/json.ts',
    'src/core/',
    'src/keyspace/',
    'src/entry/values.ts',
    'node:assert/strict',
    'node:crypto',
  ],
  'src/kinds/session/redis.ts': ['src/kinds/session/', 'src/redis/commands.ts'],
  'src/revocation/': ['src/core/', 'src/truth.ts'],
  'src/outbox/': ['src/core/', 'src/truth.ts'],
  'src/outbox/redis.ts': ['src/outbox/', 'src/redis/commands.ts'],
  'src/kinds/topic/': [
    'src/codec/json.ts',
    'src/core/',
    'src/keyspace/',
    'src/entry/values.ts',
    'src/outbox/message.ts',
    'node:assert/strict',
    'node:events',
  ],
  'src/kinds/topic/redis.ts': ['src/kinds/topic/', 'src/redis/commands.ts'],
  'src/write/': [
    'src/core/',
    'src/keyspace/',
    'src/entry/values.ts',
    'src/fence/',
    'src/gate/port.ts',
    'src/outbox/message.ts',
    'src/truth.ts',
    'node:async_hooks',
  ],
  'src/postgres/': ['src/core/errors.ts', 'src/truth.ts'],
  'src/tallies/': ['src/core/', 'src/keyspace/', 'node:assert/strict'],
  'src/tallies/redis.ts': ['src/core/', 'src/tallies/', 'src/redis/commands.ts'],
  'src/survey/': [
    'src/core/',
    'src/keyspace/',
    'src/entry/entry.ts',
    'src/fence/entry.ts',
    'node:assert/strict',
  ],
  'src/survey/redis.ts': ['src/core/', 'src/survey/', 'src/entry/keys.ts', 'src/redis/commands.ts'],
  'src/store.ts': [
    'src/collection/port.ts',
    'src/core/',
    'src/entry/port.ts',
    'src/fence/port.ts',
    'src/kinds/',
    'src/outbox/port.ts',
    'src/survey/port.ts',
    'src/tallies/port.ts',
  ],
  'src/memory/': [
    'src/collection/',
    'src/entry/port.ts',
    'src/outbox/',
    'src/core/',
    'src/entry/memory.ts',
    'src/fence/',
    'src/kinds/',
    'src/store.ts',
    'src/survey/',
    'src/tallies/',
  ],
  'src/redis/': [
    'src/collection/redis.ts',
    'src/core/',
    'src/entry/keys.ts',
    'src/entry/port.ts',
    'src/entry/redis.ts',
    'src/fence/redis.ts',
    'src/kinds/lock/redis.ts',
    'src/kinds/denylist/redis.ts',
    'src/kinds/limiter/redis.ts',
    'src/kinds/session/redis.ts',
    'src/kinds/topic/redis.ts',
    'src/outbox/redis.ts',
    'src/kinds/queue/redis.ts',
    'src/kinds/schedule/redis.ts',
    'src/store.ts',
    'src/survey/redis.ts',
    'src/tallies/redis.ts',
    '@redis/client',
    'node:',
  ],
  'src/redis/commands.ts': ['node:'],
  'src/observe/': ['src/core/', 'src/keyspace/'],
  'src/embedded/': ['src/core/', 'node:'],
  'src/testing/': [
    'src/collection/conformance.ts',
    'src/core/',
    'src/entry/conformance.ts',
    'src/fence/conformance.ts',
    'src/kinds/lock/conformance.ts',
    'src/kinds/denylist/conformance.ts',
    'src/kinds/limiter/conformance.ts',
    'src/kinds/session/conformance.ts',
    'src/kinds/topic/conformance.ts',
    'src/kinds/queue/conformance.ts',
    'src/kinds/schedule/conformance.ts',
    'src/survey/conformance.ts',
    'src/tallies/conformance.ts',
  ],
  'src/kind-of.ts': ['src/keyspace/', 'src/kinds/'],
  'src/opening.ts': [
    'src/collection/lifetime.ts',
    'src/keyspace/',
    'src/kinds/',
    'src/outbox/message.ts',
    'src/revocation/revocations.ts',
    'src/store.ts',
    'src/truth.ts',
    'src/write/changes.ts',
  ],
  'src/opened.ts': [
    'src/keyspace/',
    'src/gate/port.ts',
    'src/kinds/',
    'src/outbox/',
    'src/survey/',
    'src/tallies/',
    'src/write/',
  ],
  'src/open.ts': [
    'src/collection/port.ts',
    'src/core/',
    'src/keyspace/',
    'src/entry/generations.ts',
    'src/entry/port.ts',
    'src/gate/',
    'src/kinds/',
    'src/memory/',
    'src/kind-of.ts',
    'src/opened.ts',
    'src/opening.ts',
    'src/outbox/',
    'src/revocation/revocations.ts',
    'src/store.ts',
    'src/survey/',
    'src/tallies/',
    'src/truth.ts',
    'src/write/',
  ],
  'src/cli/': [
    'src/core/',
    'src/keyspace/',
    'src/kind-of.ts',
    'src/entry/entry.ts',
    'src/entry/packing.ts',
    'src/entry/port.ts',
    'src/fence/entry.ts',
    'src/gate/',
    'src/kinds/',
    'src/open.ts',
    'src/redis/store.ts',
    'src/store.ts',
    'src/survey/',
    'src/tallies/',
    'src/truth.ts',
    'node:',
  ],
  'src/index.ts': ['src/'],
  // The edge: what any application could write.
  'src/live/': ['src/core/', 'src/keyspace/'],
  'src/web/': ['src/index.ts'],
  'src/express/': ['src/index.ts', 'src/web/'],
  'src/fastify/': ['src/index.ts', 'src/live/', 'src/web/', '@fastify/websocket'],
  // Types and constants alone: what a browser loads imports nothing of Node's.
  'src/browser/': ['src/live/'],
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
    allowed: ['src/core/clock.ts', 'src/browser/clock.ts', 'apps/desk/web/src/clock.ts'],
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
      'src/browser/random.ts',
      'src/embedded/',
      'apps/desk/src/http/passwords.ts',
      'apps/desk/web/src/random.ts',
    ],
  },
  {
    what: /\bprocess\.env\b/,
    instead: 'take a setting',
    allowed: ['apps/desk/src/ops/settings.ts', 'src/cli/main.ts', 'src/embedded/'],
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
/** Programs that test and measure. They have clocks, dice and a console of their own; all else holds for them, too. */
const programs = ['prove', 'bench'].flatMap((folder) => sourcesBelow(folder, /\.ts$/))
const written = [...shipped, ...programs]

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
        .filter((imported) =>
          /^src\/(entry|fence|survey|tallies|outbox|collection|kinds\/[^/]+)\/(redis|memory)\.ts$/.test(
            imported,
          ),
        )
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

  test('the proof knows the library by its package name only, and nothing else of this repository', () => {
    const wrong = programs
      .filter(({ path }) => path.startsWith('prove/'))
      .flatMap((source) =>
        importsOf(source)
          .filter((imported) => /^(\.\.|src\/|test\/|bench\/|apps\/)/.test(imported))
          .map((imported) => `${source.path} imports ${imported}`),
      )
    expect(wrong).toEqual([])
  })

  test('there are no cycles, imports of types included', () => {
    const graph = new Map(written.map((source) => [source.path, importsOf(source)]))
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
    const long = written.map(({ path, text }) => [path, text.split('\n').length] as const)
    expect(long.filter(([, lines]) => lines > LONGEST_FILE)).toEqual([])
  })

  test('names say what is inside', () => {
    const parts = written.flatMap(({ path }) => path.replace(/\.tsx?$/, '').split('/'))
    expect(parts.filter((part) => VAGUE_NAMES.test(part))).toEqual([])
  })

  test.each(BANNED)('nobody calls $what: $instead', ({ what, allowed }) => {
    const callers = shipped
      .filter(({ path }) => !allowed.some((prefix) => path.startsWith(prefix)))
      .filter(({ text }) => what.test(withoutComments(text)))
    expect(callers.map(({ path }) => path)).toEqual([])
  })

  test('every exported name has a docstring', () => {
    const bare = written.flatMap(({ path, text }) => {
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
