import { expect, test } from 'vitest'

import { detectLayout } from '../../../src/market/replay/detect-layout.ts'
import type { LayoutName } from '../../../src/market/replay/layout.ts'
import { memoryDump } from './memory-dump.ts'

const AT = 1_700_000_000_000
const detect = async (lines: readonly string[], forced: LayoutName | null = null) => {
  const { layout, hasHeader } = await detectLayout(memoryDump(lines), forced)
  return [layout.name, hasHeader]
}

test.each<[string, LayoutName]>([
  [`5,1.25,10,1,2,${AT},true,true`, 'aggTrades'],
  [`5,1.25,10,1,2,${AT},true`, 'aggTrades'],
  [`5,1.25,10,12.5,${AT},true,true`, 'trades'],
  [`5,1.25,10,12.5,${AT},False`, 'trades'],
  [`${AT},10,12,9,11,100,${AT + 59_999},1,1,1,1,0`, 'klines'],
  [`${AT},10,10,10,10,0,${AT + 59_999},0,0,0,0,0`, 'klines'],
])('without a header, %s is %s', async (line, layout) => {
  expect(await detect([line])).toEqual([layout, false])
})

test.each<[string, LayoutName]>([
  ['agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker', 'aggTrades'],
  [
    'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker,is_best_match',
    'aggTrades',
  ],
  ['id,price,qty,quote_qty,time,is_buyer_maker', 'trades'],
  ['ID, Price, Qty, Quote_Qty, Time, Is_Buyer_Maker\r', 'trades'],
  [
    'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore',
    'klines',
  ],
])('the header %s is of %s', async (header, layout) => {
  expect(await detect([header, 'whatever'])).toEqual([layout, true])
})

test('blank and broken lines at the start do not matter', async () => {
  expect(await detect(['', '  ', '12,broken', '13', `5,1.25,10,12.5,${AT},true`])).toEqual(['trades', false])
})

test('a forced layout wins, and a header is still recognised as one', async () => {
  expect(await detect([`5,1.25,10,12.5,${AT},true`], 'klines')).toEqual(['klines', false])
  expect(await detect(['a,b,c', `5,1.25,10,12.5,${AT},true`], 'trades')).toEqual(['trades', true])
})

test.each([
  ['an unknown header', ['price,time', `1.25,${AT}`], 'its header is "price,time"'],
  [
    'known columns in another order',
    ['id,qty,price,quote_qty,time,is_buyer_maker', `5,10,1.25,12.5,${AT},true`],
    'its header is',
  ],
  ['lines of no layout', Array.from({ length: 50 }, () => '1,2,3'), 'the first is "1,2,3"'],
  ['prose', ['{"price":1}', '{"price":2}'], 'none of its first lines can be read'],
])('%s is an error that says what is accepted', async (_, lines, problem) => {
  await expect(detect(lines)).rejects.toThrow(
    expect.objectContaining({ code: 'REPLAY_LAYOUT_UNKNOWN', setting: '--replay', file: 'memory.csv' }),
  )
  await expect(detect(lines)).rejects.toThrow(problem)
  await expect(detect(lines)).rejects.toThrow('aggTrades, trades or klines')
  await expect(detect(lines)).rejects.toThrow('--layout')
})

test.each([
  ['nothing but blank lines', ['', ' ', '']],
  ['nothing but a header', ['id,price,qty,quote_qty,time,is_buyer_maker']],
])('%s is an empty file', async (_, lines) => {
  await expect(detect(lines)).rejects.toThrow(expect.objectContaining({ code: 'REPLAY_FILE_EMPTY' }))
})
