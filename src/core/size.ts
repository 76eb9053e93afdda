import { DeclarationError } from './errors.ts'

/** A number of bytes as people write it: `'512B'`, `'8kB'`, `'1.5MB'`; a kB has 1,000 bytes. */
export type Size = `${number}${'B' | 'kB' | 'MB'}`

const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1_000, MB: 1_000_000 }

/**
 * Bytes of `text`, from 1 to `mostBytes`.
 *
 * @throws DeclarationError naming `field`, when the text is no size or out of bounds.
 */
export function parseSize(text: string, field: string, mostBytes: number): number {
  const match = /^(\d+(?:\.\d+)?)(B|kB|MB)$/.exec(text)
  const unitBytes = UNIT_BYTES[match?.[2] ?? '']
  if (!match || unitBytes === undefined)
    throw new DeclarationError(
      field,
      `'${text}' is no size. Write a number and a unit: '512B', '8kB', '1MB'.`,
    )
  const bytes = Math.round(Number(match[1]) * unitBytes)
  if (bytes >= 1 && bytes <= mostBytes) return bytes
  throw new DeclarationError(field, `'${text}' is out of bounds: at least 1B, at most ${mostBytes} bytes.`)
}
