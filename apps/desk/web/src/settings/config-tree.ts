import type { Json, TradingConfig } from '../api/trading-shapes.ts'

/** Where a field stands in a config: `['stopLoss', 'zones', 1, 'keepPercent']`. */
export type Path = readonly (string | number)[]

/** What stands at a path; undefined where there is nothing. */
export function valueAt(config: Json, path: Path): Json | undefined {
  let value: Json | undefined = config
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Readonly<Record<string | number, Json>>)[step]
  }
  return value
}

/** The config with another value at a path; everything beside the path is the same object as before. */
export function withValue(config: TradingConfig, path: Path, value: Json): TradingConfig {
  return replaced(config, path, value) as TradingConfig
}

function replaced(tree: Json | undefined, [step, ...rest]: Path, value: Json): Json {
  if (step === undefined) return value
  if (Array.isArray(tree)) {
    return tree.map((child: Json, index) => (index === step ? replaced(child, rest, value) : child))
  }
  const fields = (typeof tree === 'object' ? tree : null) as { readonly [field: string]: Json } | null
  return { ...fields, [step]: replaced(fields?.[step], rest, value) }
}

/** What has to be sent so that `before` becomes `after`: a JSON Merge Patch, so lists are sent as a whole. */
export function patchBetween(before: TradingConfig, after: TradingConfig): TradingConfig {
  return Object.fromEntries(
    Object.entries(after).flatMap(([field, value]) => {
      const known = before[field]
      if (JSON.stringify(known) === JSON.stringify(value)) return []
      return [[field, isObject(known) && isObject(value) ? patchBetween(known, value) : value]]
    }),
  )
}

function isObject(value: Json | undefined): value is TradingConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One spelling for a field's path, whichever the desk used: `zones[1].keepPercent` is `zones.1.keepPercent`. */
export function fieldPath(path: Path | string): string {
  return typeof path === 'string' ? path.replaceAll(/\[(\d+)\]/g, '.$1') : path.join('.')
}
