import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { KEYV_LEFT_OUT, VERDICTS } from '../outside/verdicts.ts'

// docs/reference/outside-suites.md and the verdicts that the suites are held to say the same.

const page = readFileSync(new URL('../../docs/reference/outside-suites.md', import.meta.url), 'utf8')
const [counts = '', exceptions = ''] = page.split('## What does not apply')

test('the counts are those of the verdicts', () => {
  const rows = [...counts.matchAll(/^\| `.*$/gm)].map(([row]) => row)
  const expected = VERDICTS.map(({ suite, version, values, applies, doesNotApply }) =>
    ['', `\`${suite}\``, version, values, applies, Object.keys(doesNotApply).length, ''].join(' | ').trim(),
  )
  expect(rows).toEqual(expected)
})

test('what does not apply is named with its reason, and nothing else is', () => {
  const expected = Object.assign(
    {},
    ...VERDICTS.map(({ doesNotApply }) => doesNotApply),
    KEYV_LEFT_OUT,
  ) as Record<string, string>
  const named = [...exceptions.matchAll(/^- `(.+?)`/gm)].map(([, name = '']) => name)
  expect(named.toSorted()).toEqual(Object.keys(expected).toSorted())
  for (const [name, reason] of Object.entries(expected))
    expect(exceptions.slice(exceptions.indexOf(name))).toMatch(nextParagraph(reason))
})

/** The reason stands below the list that the name is in. */
function nextParagraph(reason: string): RegExp {
  const escaped = reason.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(String.raw`^.+\n(- .+\n)*\n {2}${escaped}`)
}
