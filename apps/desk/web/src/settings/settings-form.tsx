import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type FormEvent, type ReactElement } from 'react'
import type { Agent } from '../api/shapes.ts'
import type { TradingConfig } from '../api/trading-shapes.ts'
import { useDesk } from '../desk-context.ts'
import { Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { patchBetween, withValue } from './config-tree.ts'
import { sectionsFor, type Section } from './sections.ts'
import { Setting } from './setting.tsx'
import { settingErrors } from './setting-errors.ts'

/** How an agent trades, to be changed. What the desk refuses is said beside the field that it refuses. */
export function SettingsForm({ agent }: { agent: Agent }): ReactElement {
  const { queries } = useDesk()
  const config = useQuery(queries.config(agent.id))
  const assets = useQuery(queries.assets)
  if (config.data && assets.data) {
    const currencies = [...new Set(assets.data.map(({ quote }) => quote))]
    return <Editor agent={agent} config={config.data} currencies={currencies} />
  }
  const error = config.error ?? assets.error
  if (error) return <Notice error={error} onRetry={() => void config.refetch()} />
  return <Skeleton rows={10} label={`Loading the settings of ${agent.name}`} />
}

function Editor({
  agent,
  config,
  currencies,
}: {
  agent: Agent
  config: TradingConfig
  currencies: readonly string[]
}): ReactElement {
  const { api, queries, announcer } = useDesk()
  const queryClient = useQueryClient()
  // What somebody changed stays while the desk's own answer is asked for again.
  const [draft, setDraft] = useState<TradingConfig | null>(null)
  const shown = draft ?? config
  const change = patchBetween(config, shown)
  const changed = Object.keys(change).length > 0
  const sections = sectionsFor(currencies)
  const form = useRef<HTMLFormElement>(null)
  const save = useMutation({
    mutationFn: () => api.trading.changeConfig(agent.id, change),
    onSuccess: (saved) => {
      queryClient.setQueryData(queries.config(agent.id).queryKey, saved)
      setDraft(null)
      announcer.announce(`The settings of ${agent.name} are saved`)
    },
  })
  const errors = settingErrors(save.error, sections, shown)
  const refusal = save.error
  useEffect(() => {
    if (refusal) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [refusal])

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (changed && !save.isPending) save.mutate()
  }
  return (
    <form ref={form} className="settings" noValidate onSubmit={submit} data-testid="settings">
      <div className="settings-sections">
        {sections.map((section) => (
          <SectionPanel
            key={section.title}
            section={section}
            config={shown}
            errors={errors.fields}
            onChange={setDraft}
          />
        ))}
      </div>
      <footer className="settings-actions" data-changed={changed || undefined}>
        <output>
          {errors.rest.map((message) => (
            <p key={message} className="field-error">
              {message}
            </p>
          ))}
          {errors.fields.size > 0 && errors.rest.length === 0 && (
            <p className="field-error">
              The desk refuses {errors.fields.size === 1 ? 'one setting' : `${errors.fields.size} settings`}.
            </p>
          )}
          {!save.isError && (
            <p>{changed ? 'There are changes that are not saved.' : 'Nothing is changed.'}</p>
          )}
        </output>
        <button
          type="button"
          className="button"
          disabled={!changed || save.isPending}
          onClick={() => {
            setDraft(null)
            save.reset()
          }}
        >
          Undo
        </button>
        <button
          type="submit"
          className="button button-primary"
          data-testid="save-settings"
          disabled={!changed || save.isPending}
        >
          {save.isPending ? 'Saving…' : 'Save'}
        </button>
      </footer>
    </form>
  )
}

function SectionPanel({
  section,
  config,
  errors,
  onChange,
}: {
  section: Section
  config: TradingConfig
  errors: ReadonlyMap<string, string>
  onChange: (config: TradingConfig) => void
}): ReactElement {
  return (
    <fieldset className="panel settings-section">
      <legend>{section.title}</legend>
      <p className="panel-note">{section.about}</p>
      {section.settings
        .filter(({ when }) => when?.(config) ?? true)
        .map((setting) => (
          <Setting
            key={setting.path.join('.')}
            setting={setting}
            config={config}
            errors={errors}
            onChange={(path, value) => onChange(withValue(config, path, value))}
          />
        ))}
    </fieldset>
  )
}
