/**
 * What a report says, without the name of whose machine it is: reports are sent to others.
 *
 * @param home the user's folder, for which shells write ~
 */
export function withoutHome<T>(value: T, home: string): T {
  // A system's own user may have the root folder.
  if (home.length < 2) return value;
  const escaped = home.replace(/\/+$/, '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return replaced(value, new RegExp(`(?<![\\w/.-])${escaped}(?![\\w-]|\\.\\w)`, 'g')) as T;
}

function replaced(value: unknown, pattern: RegExp): unknown {
  if (typeof value === 'string') return value.replace(pattern, '~');
  if (Array.isArray(value)) return value.map((each) => replaced(each, pattern));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, replaced(each, pattern)]));
}
