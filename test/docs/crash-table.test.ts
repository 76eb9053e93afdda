import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { POINTS } from '../../prove/points.ts'
import { STEPS } from '../../prove/crash-table/steps.ts'

const page = readFileSync(new URL('../../docs/reference/crash-table.md', import.meta.url), 'utf8')

test('the page has the steps of the program, in their order', () => {
  const rows = page.split('\n').filter((line) => /^\| (?!killed there|-)/.test(line))
  expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(STEPS.map(({ name }) => name))
})

test('what the page says was left and answered is what the program asks for', () => {
  const rows = page.split('\n').filter((line) => /^\| (?!killed there|-)/.test(line))
  const said = rows.map((row) => row.split('|').map((cell) => cell.trim()))
  const wrong = STEPS.filter((step, place) => {
    const [, , , left = '', read = ''] = said[place] ?? []
    const [answer = '', from = ''] = read.split(', from ')
    return !(
      (step.leaves as readonly string[]).includes(left.replace(', out of reach', '')) &&
      (step.answers as readonly string[]).includes(answer) &&
      (step.from as readonly string[]).includes(from)
    )
  })
  expect(wrong).toEqual([])
})

test('every step at which a process can die has a row', () => {
  const missing = POINTS.filter((point) => !STEPS.some((step) => step.point === point))
  expect(missing).toEqual([])
})
