import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, test, type TestContext } from 'vitest'
import type { Verdict } from './verdicts.ts'

/** A test of a suite: its name, and what it does. */
export type Register = (name: string, run: (context: TestContext) => unknown) => void

/**
 * Registers the tests of a suite with the runner. Those that do not apply are run too, and must fail: a reason that
 * is no longer true is found.
 */
export function judge({ suite, version, applies, doesNotApply }: Verdict, run: (it: Register) => void): void {
  const names: string[] = []
  run((name, work) => {
    names.push(name)
    const asExpected = name in doesNotApply ? test.fails : test
    asExpected(name, async (context) => void (await work(context)))
  })
  test('it is the suite that was looked at', () => {
    expect(versionOf(suite)).toBe(version)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(Object.keys(doesNotApply)))
    expect(names.length - Object.keys(doesNotApply).length).toBe(applies)
  })
}

/** The version of the package that a module belongs to. */
function versionOf(module: string): unknown {
  const name = /^(@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? module
  const path = createRequire(import.meta.url).resolve(module)
  const folder = path.slice(0, path.lastIndexOf(`/${name}/`) + name.length + 1)
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: unknown }).version
}
