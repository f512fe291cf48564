/**
 * A clock's figure in Hz. A stopped clock says 0, which is no speed that anything ran at.
 *
 * @param unit Hz of 1
 * @param least 0 for a lower limit, which may be that there is none
 */
export function hertz(value: number | undefined, unit: number, least = 1): number | undefined {
  return value === undefined || value < least ? undefined : value * unit;
}
