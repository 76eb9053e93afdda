import type { TradingConfig } from './config.ts'

/** A signal as far as its admission depends on it. */
export interface SignalFacts {
  readonly chain: string
  /** Normalised (see `normaliseAddress`): case matters where its chain says so. */
  readonly asset: string
  readonly type: string
  /** 1 to 5. */
  readonly strength: number
  readonly marketCapUsd?: number | null
  readonly liquidityUsd?: number | null
  readonly holders?: number | null
}

/**
 * Why an agent of this config leaves a signal alone, for people to read; null when it acts on it. A figure that nobody
 * knows does not meet a bound that was set.
 */
export function whySkipped(signal: SignalFacts, config: TradingConfig['signals']): string | null {
  if (signal.strength < config.minScore) return `strength ${signal.strength} is below ${config.minScore}`
  if (config.allowedTypes.length > 0 && !config.allowedTypes.some((allowed) => allowed === signal.type)) {
    return `type ${signal.type} is not allowed`
  }
  if (lists(config.blacklist, signal)) return 'the asset is on the blacklist'
  if (config.whitelist.length > 0 && !lists(config.whitelist, signal))
    return 'the asset is not on the whitelist'

  for (const figure of ['marketCapUsd', 'liquidityUsd', 'holders'] as const) {
    const { min, max } = config[figure]
    const value = signal[figure] ?? null
    if (min === null && max === null) continue
    if (value === null) return `${figure} is not known`
    if (min !== null && value < min) return `${figure} ${value} is below ${min}`
    if (max !== null && value > max) return `${figure} ${value} is above ${max}`
  }
  return null
}

function lists(
  list: readonly { readonly chain: string; readonly asset: string }[],
  { chain, asset }: SignalFacts,
): boolean {
  return list.some((listed) => listed.chain === chain && listed.asset === asset)
}
