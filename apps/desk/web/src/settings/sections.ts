/** Which settings of an agent can be edited here, and how: the rest of the config stays as it is. */
import type { TradingConfig } from '../api/trading-shapes.ts'
import { valueAt, type Path } from './config-tree.ts'

/** A value that is typed. `text` is a decimal string, `whole` a whole number; an empty one is null where it may be. */
export interface TypedSetting {
  readonly kind: 'text' | 'whole'
  readonly path: Path
  readonly label: string
  readonly unit: string
  readonly hint?: string
}

/** One field of the rows of a list. `none` is what an empty field means there, which is then null. */
export interface RowField {
  readonly field: string
  readonly label: string
  readonly unit: string
  readonly none?: string
}

/** One setting, and when it has a meaning at all. */
export type Setting = (
  | TypedSetting
  | { readonly kind: 'switch'; readonly path: Path; readonly label: string }
  | {
      readonly kind: 'choice'
      readonly path: Path
      readonly label: string
      readonly options: readonly { readonly value: string; readonly label: string }[]
    }
  | {
      readonly kind: 'rows'
      readonly path: Path
      readonly label: string
      readonly row: string
      readonly fields: readonly RowField[]
    }
) & { readonly when?: (config: TradingConfig) => boolean }

/** Settings that belong together. */
export interface Section {
  readonly title: string
  readonly about: string
  readonly settings: readonly Setting[]
}

const is =
  (value: string | boolean, ...path: Path) =>
  (config: TradingConfig): boolean =>
    valueAt(config, path) === value

/** All sections, for an agent that pays in `currencies`. */
export function sectionsFor(currencies: readonly string[]): readonly Section[] {
  return [BUYING, ...currencies.map(limits), STOP_LOSS, TAKE_PROFIT, DCA, STALE, SIGNALS]
}

const BUYING: Section = {
  title: 'Buying',
  about: 'What every purchase has to keep to, whoever asks for it.',
  settings: [
    { kind: 'whole', path: ['purchase', 'maxOpenPositions'], label: 'Open positions at most', unit: '' },
    {
      kind: 'whole',
      path: ['purchase', 'maxSlippageBps'],
      label: 'Slippage at most',
      unit: 'bps',
      hint: '100 bps are 1 %.',
    },
    { kind: 'text', path: ['purchase', 'maxPriceImpactPercent'], label: 'Price impact at most', unit: '%' },
  ],
}

function limits(currency: string): Section {
  const at = (field: string): Path => ['purchase', 'limits', currency, field]
  return {
    title: `Limits in ${currency}`,
    about: `For purchases that are paid in ${currency}.`,
    settings: [
      { kind: 'text', path: at('minimumBalance'), label: 'Buy nothing below a balance of', unit: currency },
      { kind: 'text', path: at('minPurchase'), label: 'Smallest purchase', unit: currency },
      { kind: 'text', path: at('maxPurchase'), label: 'Largest purchase, fee included', unit: currency },
      {
        kind: 'rows',
        path: at('sizes'),
        label: 'Size of the desk’s own purchases, by balance',
        row: 'tier',
        fields: [
          { field: 'fromBalance', label: 'from a balance of', unit: currency },
          { field: 'least', label: 'at least', unit: currency },
          { field: 'most', label: 'at most', unit: currency },
        ],
      },
    ],
  }
}

const STOP_LOSS: Section = {
  title: 'Stop loss',
  about: 'Sells a position when its price falls to the stop; the stop follows the peak up, never down.',
  settings: [
    { kind: 'switch', path: ['stopLoss', 'enabled'], label: 'Sell at a stop' },
    {
      kind: 'text',
      path: ['stopLoss', 'initialPercent'],
      label: 'First stop, from the entry price',
      unit: '%',
      hint: 'Below zero: −32 sells after a loss of 32 %.',
    },
    {
      kind: 'choice',
      path: ['stopLoss', 'mode'],
      label: 'How the stop follows the peak',
      options: [
        { value: 'fixed', label: 'at a fixed distance' },
        { value: 'exponential', label: 'keeping more as the gain grows' },
        { value: 'zones', label: 'by zones of the gain' },
        { value: 'custom', label: 'by steps of my own' },
      ],
    },
    {
      kind: 'text',
      path: ['stopLoss', 'trailFromPercent'],
      label: 'Follow from a gain of',
      unit: '%',
      when: (config) => !is('custom', 'stopLoss', 'mode')(config),
    },
    {
      kind: 'text',
      path: ['stopLoss', 'fixed', 'distancePercent'],
      label: 'Distance below the peak’s gain',
      unit: '%',
      hint: 'In percentage points.',
      when: is('fixed', 'stopLoss', 'mode'),
    },
    ...(
      [
        ['keepFromPercent', 'Keep at first'],
        ['keepToPercent', 'Keep in the end'],
        ['halvingPercent', 'Half of the way per gain of'],
      ] as const
    ).map(([field, label]): Setting => ({
      kind: 'text',
      path: ['stopLoss', 'exponential', field],
      label,
      unit: '%',
      when: is('exponential', 'stopLoss', 'mode'),
    })),
    {
      kind: 'rows',
      path: ['stopLoss', 'zones'],
      label: 'Share of the peak’s gain that is kept',
      row: 'zone',
      fields: [
        { field: 'upToPercent', label: 'up to a gain of', unit: '%', none: 'no end' },
        { field: 'keepPercent', label: 'keep', unit: '%' },
      ],
      when: is('zones', 'stopLoss', 'mode'),
    },
    {
      kind: 'rows',
      path: ['stopLoss', 'custom'],
      label: 'Steps',
      row: 'step',
      fields: [
        { field: 'gainPercent', label: 'once the gain was', unit: '%' },
        { field: 'stopPercent', label: 'stop at a gain of', unit: '%' },
      ],
      when: is('custom', 'stopLoss', 'mode'),
    },
  ],
}

const TAKE_PROFIT: Section = {
  title: 'Take profit',
  about: 'Sells parts of a position as it gains. Shares are of all that was bought.',
  settings: [
    { kind: 'switch', path: ['takeProfit', 'enabled'], label: 'Take profits' },
    {
      kind: 'rows',
      path: ['takeProfit', 'levels'],
      label: 'Levels',
      row: 'level',
      fields: [
        { field: 'gainPercent', label: 'at a gain of', unit: '%' },
        { field: 'sellPercent', label: 'sell', unit: '%' },
      ],
    },
    { kind: 'switch', path: ['takeProfit', 'moonbag', 'enabled'], label: 'Keep a rest for more' },
    {
      kind: 'text',
      path: ['takeProfit', 'moonbag', 'triggerPercent'],
      label: 'From a gain of',
      unit: '%',
      when: is(true, 'takeProfit', 'moonbag', 'enabled'),
    },
    {
      kind: 'text',
      path: ['takeProfit', 'moonbag', 'retainPercent'],
      label: 'Keep',
      unit: '%',
      when: is(true, 'takeProfit', 'moonbag', 'enabled'),
    },
  ],
}

const DCA: Section = {
  title: 'Averaging down',
  about: 'Buys more of a position as its price falls.',
  settings: [
    {
      kind: 'choice',
      path: ['dca', 'template'],
      label: 'How much more',
      options: [
        { value: 'off', label: 'nothing' },
        { value: 'conservative', label: 'conservative: once at −20 %' },
        { value: 'moderate', label: 'moderate: twice, each at −20 %' },
        { value: 'aggressive', label: 'aggressive: three times, each at −10 %' },
        { value: 'custom', label: 'by levels of my own' },
      ],
    },
    {
      kind: 'rows',
      path: ['dca', 'levels'],
      label: 'Levels',
      row: 'level',
      fields: [
        { field: 'dropPercent', label: 'at, from the average entry', unit: '%' },
        { field: 'buyPercent', label: 'buy, of the first purchase', unit: '%' },
      ],
      when: is('custom', 'dca', 'template'),
    },
    {
      kind: 'whole',
      path: ['dca', 'cooldownSeconds'],
      label: 'Least time between two',
      unit: 's',
      when: (config) => !is('off', 'dca', 'template')(config),
    },
  ],
}

const STALE: Section = {
  title: 'Going nowhere',
  about: 'Sells what was held for long and still gained next to nothing.',
  settings: [
    { kind: 'switch', path: ['stale', 'enabled'], label: 'Sell what goes nowhere' },
    { kind: 'whole', path: ['stale', 'afterMinutes'], label: 'Held for', unit: 'min' },
    { kind: 'text', path: ['stale', 'minGainPercent'], label: 'With a gain from', unit: '%' },
    { kind: 'text', path: ['stale', 'maxGainPercent'], label: 'up to', unit: '%' },
  ],
}

const SIGNALS: Section = {
  title: 'Signals',
  about: 'Which signals this agent follows.',
  settings: [
    {
      kind: 'whole',
      path: ['signals', 'minScore'],
      label: 'Strength at least',
      unit: 'of 5',
    },
  ],
}
