// Elements without markup: text is only ever set as text, and nothing is set that did not change.

export function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function setData(target: HTMLElement, name: string, value: string | number | boolean): void {
  const text = String(value);
  if (target.dataset[name] !== text) target.dataset[name] = text;
}
