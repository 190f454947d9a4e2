// Elements in one call. Text is only ever set as text.

type Props = Readonly<Record<string, string | number | boolean | ((event: Event) => void)>>;

/** `text` sets text, `on…` listens, what is true or false is a switch, everything else is an attribute. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (name === 'text') made.textContent = String(value);
    else if (typeof value === 'boolean') made.toggleAttribute(name, value);
    else made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/** The page's own element; a page without it is not this page. */
export function part<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no #${id}`);
  return found;
}

export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Hidden when there is nothing to say. */
export function showText(target: HTMLElement, text: string): void {
  setText(target, text);
  target.hidden = text === '';
}
