import type { ReactElement } from 'react'
import type { Json } from '../api/trading-shapes.ts'
import { Field } from '../form/field.tsx'
import { fieldPath, valueAt } from './config-tree.ts'
import type { Setting as Declared, TypedSetting } from './sections.ts'
import { RowsSetting } from './rows-setting.tsx'
import type { SettingProps } from './setting-props.ts'

/** One setting, with the control that suits it. */
export function Setting({ setting, ...props }: SettingProps): ReactElement {
  switch (setting.kind) {
    case 'switch':
      return <Switch setting={setting} {...props} />
    case 'choice':
      return <Choice setting={setting} {...props} />
    case 'rows':
      return <RowsSetting setting={setting} {...props} />
    case 'text':
    case 'whole':
      return <Typed setting={setting} {...props} />
  }
}

function Typed({ setting, config, errors, onChange }: SettingProps<TypedSetting & Declared>): ReactElement {
  const { path, label, unit, hint, kind } = setting
  const value = valueAt(config, path)
  // A whole number that is none stays the text that it is, so that nobody's typing is lost.
  const odd = kind === 'whole' && typeof value === 'string' ? 'Write a whole number.' : null
  return (
    <Field
      label={label}
      {...(hint !== undefined && { hint })}
      error={odd ?? errors.get(fieldPath(path)) ?? null}
    >
      {(control) => (
        <span className="with-unit">
          <input
            {...control}
            name={fieldPath(path)}
            data-testid={`setting-${fieldPath(path)}`}
            inputMode={kind === 'whole' ? 'numeric' : 'decimal'}
            autoComplete="off"
            value={textOf(value)}
            onChange={({ target }) => onChange(path, kind === 'whole' ? wholeOf(target.value) : target.value)}
          />
          {unit && <span className="unit">{unit}</span>}
        </span>
      )}
    </Field>
  )
}

function Switch({
  setting: { path, label },
  config,
  errors,
  onChange,
}: SettingProps<Extract<Declared, { kind: 'switch' }>>): ReactElement {
  const error = errors.get(fieldPath(path))
  return (
    <div className="field">
      <label className="switch">
        <input
          type="checkbox"
          name={fieldPath(path)}
          data-testid={`setting-${fieldPath(path)}`}
          checked={valueAt(config, path) === true}
          onChange={({ target }) => onChange(path, target.checked)}
        />
        {label}
      </label>
      {error !== undefined && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  )
}

function Choice({
  setting: { path, label, options },
  config,
  errors,
  onChange,
}: SettingProps<Extract<Declared, { kind: 'choice' }>>): ReactElement {
  return (
    <Field label={label} error={errors.get(fieldPath(path)) ?? null}>
      {(control) => (
        <select
          {...control}
          name={fieldPath(path)}
          data-testid={`setting-${fieldPath(path)}`}
          value={textOf(valueAt(config, path))}
          onChange={({ target }) => onChange(path, target.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function wholeOf(text: string): Json {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : text
}
