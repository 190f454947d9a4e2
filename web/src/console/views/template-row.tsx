// Templates beside the form: pick one, keep what is in the form as one, forget one.
import { useState } from 'preact/hooks';
import type { TaskFields } from '../model/submission-form.js';
import {
  EXAMPLES,
  keepTemplates,
  loadTemplates,
  type Template,
  TEMPLATE_NAME_CHARS_MAX,
  withoutTemplate,
  withTemplate,
} from '../model/templates.js';

export interface TemplateRowProps {
  readonly fields: TaskFields;
  readonly fill: (fields: TaskFields) => void;
}

export function TemplateRow({ fields, fill }: TemplateRowProps) {
  const [own, setOwn] = useState<readonly Template[]>(() => loadTemplates());
  const [picked, setPicked] = useState('');
  const [name, setName] = useState<string | null>(null);
  const [forgotten, setForgotten] = useState<Template | null>(null);

  function change(next: readonly Template[]): void {
    setOwn(next);
    keepTemplates(next);
  }
  const mine = own.find((template) => `own:${template.name}` === picked);

  function pick(value: string): void {
    setPicked(value);
    const [kind, ...rest] = value.split(':');
    const list = kind === 'own' ? own : EXAMPLES;
    const found = list.find((template) => template.name === rest.join(':'));
    if (found !== undefined) fill(found.fields);
  }

  function save(): void {
    const chosen = (name ?? '').trim();
    if (chosen === '') return;
    change(withTemplate(own, { name: chosen, fields }));
    setPicked(`own:${chosen}`);
    setName(null);
  }

  return (
    <div class="templates">
      <div class="field templates-pick">
        <label for="template">Template</label>
        <select id="template" value={picked} onChange={({ currentTarget }) => pick(currentTarget.value)}>
          <option value="">none</option>
          {own.length === 0 ? null : (
            <optgroup label="Mine">
              {own.map((template) => (
                <option key={template.name} value={`own:${template.name}`}>
                  {template.name}
                </option>
              ))}
            </optgroup>
          )}
          <optgroup label="Examples">
            {EXAMPLES.map((template) => (
              <option key={template.name} value={`example:${template.name}`}>
                {template.name}
              </option>
            ))}
          </optgroup>
        </select>
      </div>
      {name === null ? (
        <>
          <button type="button" class="button button-small" onClick={() => setName(mine?.name ?? fields.name)}>
            Keep as template
          </button>
          {mine === undefined ? null : (
            <button
              type="button"
              class="button button-small"
              onClick={() => {
                change(withoutTemplate(own, mine.name));
                setForgotten(mine);
                setPicked('');
              }}
            >
              Forget
            </button>
          )}
          {forgotten === null ? null : (
            <button
              type="button"
              class="button button-small"
              onClick={() => {
                change(withTemplate(own, forgotten));
                setPicked(`own:${forgotten.name}`);
                setForgotten(null);
              }}
            >
              Bring {forgotten.name} back
            </button>
          )}
        </>
      ) : (
        <div class="templates-name">
          <label class="field">
            <span>Name of the template</span>
            <input
              type="text"
              value={name}
              maxLength={TEMPLATE_NAME_CHARS_MAX}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return;
                event.preventDefault();
                save();
              }}
            />
          </label>
          <button type="button" class="button button-small" disabled={name.trim() === ''} onClick={save}>
            Keep
          </button>
          <button type="button" class="button button-small" onClick={() => setName(null)}>
            Leave it
          </button>
        </div>
      )}
    </div>
  );
}
