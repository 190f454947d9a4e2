// What is wrong with a field, in words beside it, and told to whoever cannot see where that is.
import { h } from './dom.js';

/** Empty text: nothing is wrong any more. */
export function showFieldProblem(field: HTMLElement, text: string): void {
  const id = `${field.id}-problem`;
  const others = (field.getAttribute('aria-describedby') ?? '').split(' ').filter((one) => one !== '' && one !== id);
  const shown = document.getElementById(id);
  if (text === '') {
    shown?.remove();
    field.removeAttribute('aria-invalid');
    if (others.length > 0) field.setAttribute('aria-describedby', others.join(' '));
    else field.removeAttribute('aria-describedby');
    return;
  }
  field.setAttribute('aria-invalid', 'true');
  // First what is wrong, then what the field is for.
  field.setAttribute('aria-describedby', [id, ...others].join(' '));
  if (shown === null) field.after(h('p', { class: 'field-problem', id, text }));
  else shown.textContent = text;
}
