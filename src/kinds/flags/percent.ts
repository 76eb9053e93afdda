import { DeclarationError } from '../../core/errors.ts'

/** `percent`, a number from 0 to 100. @throws DeclarationError naming `field` */
export function checkPercent(field: string, percent: number): number {
  if (typeof percent === 'number' && percent >= 0 && percent <= 100) return percent
  throw new DeclarationError(field, `${String(percent)} is no number from 0 to 100`)
}
