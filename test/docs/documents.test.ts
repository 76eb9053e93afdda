import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

// What a document points at exists.

const root = fileURLToPath(new URL('../..', import.meta.url))
const documents = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs'), { recursive: true }).map((name) => join('docs', String(name))),
].filter((path) => path.endsWith('.md'))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>
}

/** A heading as GitHub makes a link target of it. */
function anchorOf(heading: string): string {
  const kept = heading.toLowerCase().replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
  return kept.trim().replaceAll(' ', '-')
}

function anchorsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

test('the documents that every repository has are there', () => {
  const expected = ['ARCHITECTURE', 'CHANGELOG', 'CONTRIBUTING', 'README', 'SECURITY', 'STYLE', 'docs/README']
  expect(documents).toEqual(expect.arrayContaining(expected.map((name) => `${name}.md`)))
  expect(existsSync(join(root, 'LICENSE'))).toBe(true)
})

describe.each(documents)('%s', (path) => {
  const text = readFileSync(join(root, path), 'utf8')

  test('links only to what is in the repository, or away from it', () => {
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#')
        const linked = file === '' ? join(root, path) : join(root, dirname(path), file)
        return !existsSync(linked) || (anchor !== undefined && !anchorsOf(linked).includes(anchor))
      })
    expect(broken).toEqual([])
  })

  test('names only npm scripts that exist', () => {
    const named = [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})
