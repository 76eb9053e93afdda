/** Icons drawn by hand on a 16 px grid. They decorate a text or a labelled control, so they are hidden from readers. */
import type { ReactElement, ReactNode } from 'react'

function Icon({ children }: { children: ReactNode }): ReactElement {
  return (
    <svg
      className="icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  )
}

/** The mark of Holdfast: an anchor. */
export const AnchorIcon = (): ReactElement => (
  <Icon>
    <circle cx="8" cy="3.2" r="1.7" />
    <path d="M8 4.9v9.1M4.3 7.7h7.4M2 9.8c.4 2.7 2.8 4.2 6 4.2s5.6-1.5 6-4.2" />
  </Icon>
)

/** Market. */
export const MarketIcon = (): ReactElement => (
  <Icon>
    <path d="M4 2v2.5M4 10.5V14M8 3.5V6M8 11v1.5M12 1.5v2M12 8.5V13" />
    <rect x="2.7" y="4.5" width="2.6" height="6" rx=".5" />
    <rect x="6.7" y="6" width="2.6" height="5" rx=".5" />
    <rect x="10.7" y="3.5" width="2.6" height="5" rx=".5" />
  </Icon>
)

/** Agents. */
export const AgentsIcon = (): ReactElement => (
  <Icon>
    <rect x="3" y="5.5" width="10" height="7.5" rx="2" />
    <path d="M8 2.5v3M6 9v.8M10 9v.8M1.2 8.5v2M14.8 8.5v2" />
  </Icon>
)

/** State layer: stacked tiers. */
export const StateIcon = (): ReactElement => (
  <Icon>
    <path d="M8 1.8 14 5 8 8.2 2 5zM2.3 8.2 8 11.2l5.7-3M2.3 11.2 8 14.2l5.7-3" />
  </Icon>
)

/** Light theme. */
export const SunIcon = (): ReactElement => (
  <Icon>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M3.2 12.8l1.1-1.1M11.7 4.3l1.1-1.1" />
  </Icon>
)

/** Dark theme. */
export const MoonIcon = (): ReactElement => (
  <Icon>
    <path d="M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1z" />
  </Icon>
)

/** A person. */
export const UserIcon = (): ReactElement => (
  <Icon>
    <circle cx="8" cy="5.2" r="2.7" />
    <path d="M2.8 13.8c.6-2.7 2.6-4 5.2-4s4.6 1.3 5.2 4" />
  </Icon>
)

/** Back. */
export const BackIcon = (): ReactElement => (
  <Icon>
    <path d="M9.8 3 4.8 8l5 5" />
  </Icon>
)

/** Search. */
export const SearchIcon = (): ReactElement => (
  <Icon>
    <circle cx="7" cy="7" r="4.2" />
    <path d="m10.2 10.2 3.6 3.6" />
  </Icon>
)

/** Less of it. */
export const MinusIcon = (): ReactElement => (
  <Icon>
    <path d="M3.5 8h9" />
  </Icon>
)

/** More of it. */
export const PlusIcon = (): ReactElement => (
  <Icon>
    <path d="M3.5 8h9M8 3.5v9" />
  </Icon>
)

/** Pause. */
export const PauseIcon = (): ReactElement => (
  <Icon>
    <path d="M5.5 3.5v9M10.5 3.5v9" />
  </Icon>
)

/** Resume. */
export const ResumeIcon = (): ReactElement => (
  <Icon>
    <path d="M5 3.2v9.6L12.5 8z" />
  </Icon>
)

/** Rename. */
export const PencilIcon = (): ReactElement => (
  <Icon>
    <path d="m3 10.5-.5 3 3-.5 7.3-7.3-2.5-2.5z" />
  </Icon>
)

/** Something needs attention. */
export const WarningIcon = (): ReactElement => (
  <Icon>
    <path d="M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1" />
  </Icon>
)

/** An up or down move: a solid triangle, so that it reads without its colour. */
export function MoveIcon({ direction }: { direction: -1 | 0 | 1 }): ReactElement {
  return (
    <span className="move">
      {direction !== 0 && (
        <>
          <svg viewBox="0 0 8 8" aria-hidden="true" focusable="false">
            <path d={direction > 0 ? 'M4 1 7.5 7H.5z' : 'M4 7 .5 1h7z'} fill="currentColor" />
          </svg>
          <span className="visually-hidden">{direction > 0 ? 'up ' : 'down '}</span>
        </>
      )}
    </span>
  )
}

/** Executed. */
export const CheckIcon = (): ReactElement => (
  <Icon>
    <path d="m3 8.5 3.2 3.2L13 4.8" />
  </Icon>
)

/** Did not happen. */
export const CrossIcon = (): ReactElement => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
)

/** Waiting. */
export const ClockIcon = (): ReactElement => (
  <Icon>
    <circle cx="8" cy="8" r="5.6" />
    <path d="M8 4.8V8l2.2 1.6" />
  </Icon>
)

/** Sent. */
export const SendIcon = (): ReactElement => (
  <Icon>
    <path d="M2.5 8h10M8.8 4.2 12.8 8l-4 3.8" />
  </Icon>
)

/** Not known. */
export const QuestionIcon = (): ReactElement => (
  <Icon>
    <circle cx="8" cy="8" r="6" />
    <path d="M6.2 6.4c.1-2.3 3.7-2.2 3.6 0 0 1.2-1.8 1.3-1.8 2.6M8 11.3v.1" />
  </Icon>
)

/** Settings: sliders. */
export const SlidersIcon = (): ReactElement => (
  <Icon>
    <path d="M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6" />
    <circle cx="10.2" cy="4.5" r="1.7" />
    <circle cx="5.8" cy="11.5" r="1.7" />
  </Icon>
)
