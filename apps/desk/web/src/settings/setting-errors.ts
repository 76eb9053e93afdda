import { ApiProblem, problemWords } from '../api/problem.ts'
import type { TradingConfig } from '../api/trading-shapes.ts'
import { sentence } from '../form/field-errors.ts'
import { fieldPath, valueAt } from './config-tree.ts'
import type { Section } from './sections.ts'

/** What the desk refuses: by the path of a field that is on screen, and the rest in words of its own. */
export function settingErrors(
  error: unknown,
  sections: readonly Section[],
  config: TradingConfig,
): { readonly fields: ReadonlyMap<string, string>; readonly rest: readonly string[] } {
  if (error === null || error === undefined) return { fields: new Map(), rest: [] }
  if (!(error instanceof ApiProblem) || error.fields.size === 0) {
    return { fields: new Map(), rest: [problemWords(error).detail] }
  }
  const shown = shownPaths(sections, config)
  const all = [...error.fields].map(([field, message]) => [fieldPath(field), message] as const)
  return {
    fields: new Map(
      all.flatMap(([field, message]) => (shown.has(field) ? [[field, sentence(message)]] : [])),
    ),
    rest: all.flatMap(([field, message]) => (shown.has(field) ? [] : [`${field}: ${sentence(message)}`])),
  }
}

/** Every path that has a place beside which an error can stand. */
function shownPaths(sections: readonly Section[], config: TradingConfig): ReadonlySet<string> {
  const settings = sections
    .flatMap((section) => section.settings)
    .filter(({ when }) => when?.(config) ?? true)
  return new Set(
    settings.flatMap((setting) => {
      if (setting.kind !== 'rows') return [fieldPath(setting.path)]
      const rows = valueAt(config, setting.path)
      const count = Array.isArray(rows) ? rows.length : 0
      const cells = Array.from({ length: count }, (_, row) =>
        setting.fields.map(({ field }) => fieldPath([...setting.path, row, field])),
      )
      return [fieldPath(setting.path), ...cells.flat()]
    }),
  )
}
