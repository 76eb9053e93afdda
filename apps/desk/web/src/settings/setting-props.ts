import type { Json, TradingConfig } from '../api/trading-shapes.ts'
import type { Path } from './config-tree.ts'
import type { Setting } from './sections.ts'

/** What a setting's control needs. `errors` are by the path of the field. */
export interface SettingProps<S extends Setting = Setting> {
  readonly setting: S
  readonly config: TradingConfig
  readonly errors: ReadonlyMap<string, string>
  readonly onChange: (path: Path, value: Json) => void
}
