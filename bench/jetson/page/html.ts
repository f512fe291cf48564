/** Text that is HTML already. Whatever else is put into a page is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

export type Part = Html | string | number | undefined | readonly Part[];

/** HTML with parts put in: texts escaped, lists one after the other, what is undefined left out. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((text, at) => text + inserted(parts[at])).join(''));
}

function inserted(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return part.map(inserted).join('');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** More digits than a screen has pixels. */
const DIGITS = 6;

/** Data for a script. No text in it can end the element. */
export function jsonScript(id: string, value: unknown): Html {
  const rounded = (_: string, part: unknown) => (typeof part === 'number' ? Number(part.toPrecision(DIGITS)) : part);
  const json = JSON.stringify(value, rounded).replace(/</g, '\\u003c');
  return html`<script type="application/json" id="${id}">${new Html(json)}</script>`;
}

/** Inlined code. Only within its strings can these be meant, where the backslash changes nothing. */
export function script(code: string): Html {
  return new Html(`<script>${code.replace(/<\/(?=script)/gi, '<\\/').replace(/<!--/g, '<\\!--')}</script>`);
}
