import fc from 'fast-check'
import { DeclarationError } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { fingerprint, type Parameter } from '../../../src/kinds/query/parameters.ts'
import { checkStatement } from '../../../src/kinds/query/statement.ts'

describe('a statement', () => {
  test.each([
    'SELECT 1',
    'select 1;',
    '  \n(SELECT 1) UNION (SELECT 2) ; \n -- done\n /* all; of it */',
    '-- first a remark; then\nWITH a AS (SELECT 1) TABLE a',
    '/* nested /* ; */ ; */ VALUES (1)',
    `SELECT ';', E'it\\'s;', "a;b", 'it''s;', $$;$$, $tag$ ; $$ ; $tag$, $1, U&';'`,
    'SHOW server_version',
    "SELECT a$b$ FROM t WHERE type';' = ''",
  ])('may be %s', (sql) => {
    expect(checkStatement('sql', sql)).toBe(sql)
  })

  test.each([
    ['', /is empty/],
    [' -- nothing\n', /is empty/],
    ['DELETE FROM trades', /begins with DELETE/],
    ['/* SELECT */ update trades set a = 1', /begins with UPDATE/],
    ['SELECT 1; SELECT 2', /several statements/],
    ['SELECT 1; COMMIT; DELETE FROM trades', /several statements/],
    [`SELECT 1; 'x'`, /several statements/],
    [`SELECT 1 /* ' */ ; DROP TABLE trades -- '`, /several statements/],
    [`SELECT $$ $$; DROP TABLE trades; $$ $$`, /several statements/],
    ['SELECT 1\0', /NUL/],
    [`SELECT '${'x'.repeat(262_144)}'`, /more than 262144/],
    [7, /is no text but a number/],
  ])('may not be %j', (sql, problem) => {
    expect(() => checkStatement('reports.run.sql', sql)).toThrow(problem)
    expect(() => checkStatement('reports.run.sql', sql)).toThrow(DeclarationError)
  })

  test('is looked through in time that grows with its length alone', () => {
    for (const part of ["'", '"', '$$', '/*', "E'\\", '$a', '--', '(']) {
      const sql = `SELECT ${part.repeat(60_000)}`
      expect(() => checkStatement('sql', sql)).not.toThrow(/several/)
    }
  })
})

describe('a fingerprint', () => {
  const print = (sql: string, ...params: Parameter[]): string => fingerprint('x', sql, params)

  test('is another one for each type, order and spelling', () => {
    const day = new Date('2026-01-01T00:00:00Z')
    const prints = [
      print('SELECT 1'),
      print('SELECT  1'),
      print('select 1'),
      print('SELECT 1', 1),
      print('SELECT 1', '1'),
      print('SELECT 1', 1n),
      print('SELECT 1', true),
      print('SELECT 1', 'true'),
      print('SELECT 1', null),
      print('SELECT 1', 'null'),
      print('SELECT 1', ''),
      print('SELECT 1', 0),
      print('SELECT 1', -0),
      print('SELECT 1', day),
      print('SELECT 1', day.toISOString()),
      print('SELECT 1', day.getTime()),
      print('SELECT 1', []),
      print('SELECT 1', [[]]),
      print('SELECT 1', [1, 2]),
      print('SELECT 1', [2, 1]),
      print('SELECT 1', 1, 2),
      print('SELECT 1', ['1', '2']),
      print('SELECT 1', '1,2'),
      print('SELECT 1', Uint8Array.of(49)),
      print('SELECT 1', 'a', 'b'),
      print('SELECT 1', 'b', 'a'),
      print('SELECT 1', 'ab', ''),
    ]
    expect(new Set(prints).size).toBe(prints.length)
    for (const each of prints) expect(each).toMatch(/^[\w-]{43}$/)
    expect(print('SELECT 1', Buffer.from('1'))).toBe(print('SELECT 1', Uint8Array.of(49)))
  })

  test('is never that of other parameters', () => {
    const parameter = fc.letrec<{ one: Parameter }>((tie) => ({
      one: fc.oneof(
        { maxDepth: 2 },
        fc.string({ maxLength: 3 }).filter((text) => !text.includes('\0')),
        fc.integer({ min: -3, max: 3 }),
        fc.bigInt({ min: -3n, max: 3n }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('one'), { maxLength: 3 }),
      ),
    })).one
    const params = fc.array(parameter, { maxLength: 3 })
    const told = (value: unknown): string =>
      JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? { n: `${each}` } : each))
    fc.assert(
      fc.property(params, params, (a, b) => {
        expect(print('SELECT 1', ...a) === print('SELECT 1', ...b)).toBe(told(a) === told(b))
      }),
      { numRuns: 300 },
    )
  })

  test.each<[unknown, RegExp]>([
    [undefined, /parameter \$1 is undefined/],
    [Number.NaN, /parameter \$1 is NaN/],
    [new Date('x'), /invalid Date/],
    [{ a: 1 }, /is an object/],
    [[1, [undefined]], /parameter \$1\[1\]\[0\] is undefined/],
    ['a\0b', /no text that PostgreSQL/],
    ['\ud800', /no text that PostgreSQL/],
    [() => 1, /is function/],
    [[[[[[[[1]]]]]]], /dimensions/],
  ])('of %j is refused', (parameter, problem) => {
    expect(() => print('SELECT 1', parameter as Parameter)).toThrow(problem)
  })
})
