import type { ReactElement } from 'react'
import type { Json } from '../api/trading-shapes.ts'
import { CrossIcon, PlusIcon } from '../icons.tsx'
import { fieldPath, valueAt } from './config-tree.ts'
import type { Setting as Declared } from './sections.ts'
import type { SettingProps } from './setting-props.ts'

/** A list of rows with a few typed fields each; rows can be added and taken away. */
export function RowsSetting({
  setting: { path, label, row, fields },
  config,
  errors,
  onChange,
}: SettingProps<Extract<Declared, { kind: 'rows' }>>): ReactElement {
  const value = valueAt(config, path)
  const rows = Array.isArray(value) ? (value as readonly Json[]) : []
  const error = errors.get(fieldPath(path))
  const add = (): void => {
    const blank = fields.map(({ field, none }) => [field, none === undefined ? '' : null] as const)
    onChange(path, [...rows, Object.fromEntries(blank)])
  }
  return (
    <fieldset className="rows">
      <legend className="rows-label">{label}</legend>
      {rows.map((_, index) => (
        // A row is its place: positions remember levels by it.
        <div key={index} className="rows-row">
          {fields.map(({ field, label: name, unit, none }) => {
            const at = [...path, index, field]
            const refused = errors.get(fieldPath(at))
            const text = valueAt(config, at)
            return (
              <label key={field} className="rows-field">
                <span>{name}</span>
                <span className="with-unit">
                  <input
                    name={fieldPath(at)}
                    data-testid={`setting-${fieldPath(at)}`}
                    inputMode="decimal"
                    autoComplete="off"
                    placeholder={none}
                    aria-invalid={refused !== undefined}
                    value={typeof text === 'string' ? text : ''}
                    onChange={({ target }) =>
                      onChange(at, target.value === '' && none !== undefined ? null : target.value)
                    }
                  />
                  <span className="unit" data-wide={unit.length > 1 || undefined}>
                    {unit}
                  </span>
                </span>
                {refused !== undefined && (
                  <span className="field-error" role="alert">
                    {refused}
                  </span>
                )}
              </label>
            )
          })}
          <button
            type="button"
            className="icon-button"
            aria-label={`Remove ${row} ${index + 1}`}
            onClick={() => onChange(path, rows.toSpliced(index, 1))}
          >
            <CrossIcon />
          </button>
        </div>
      ))}
      {error !== undefined && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      <button type="button" className="button" onClick={add}>
        <PlusIcon />
        Add a {row}
      </button>
    </fieldset>
  )
}
