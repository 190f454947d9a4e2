// Who is connected, what for, and the button that sends somebody away.
import type { ClientView } from '@cuehub/protocol';
import { nobodyWorks } from '../model/empty-words.js';
import { count, plural } from '../model/format.js';
import { Empty, Panel, SeeLife } from './parts.js';
import { useStore } from './use-store.js';

const ROWS_MAX = 100;

export interface ClientsActs {
  readonly remove: (session_id: string, name: string) => void;
}

export function ClientsPanel({ remove }: ClientsActs) {
  const store = useStore();
  const { model } = store.follower;
  const all = model.clients.all ?? [];
  const own = store.hub.welcome?.session_id;
  // Those who work on this lane first: without them nothing runs.
  const sorted = [...all].sort(
    (a, b) =>
      worksOn(b, model.lane) - worksOn(a, model.lane) ||
      Number(b.connected) - Number(a.connected) ||
      a.name.localeCompare(b.name) ||
      (a.session_id < b.session_id ? -1 : 1),
  );
  const workers = all.filter((client) => worksOn(client, model.lane) > 0).length;
  return (
    <Panel
      id="clients"
      title="Clients"
      class="clients"
      note={`${count(all.filter(({ connected }) => connected).length)} connected, ${plural(workers, 'works', 'work')} on ${model.lane}`}
    >
      <div class="scroll" tabIndex={0} role="region" aria-label="Connected clients">
        {all.length === 0 ? <Empty title="Nobody is known to be connected." /> : null}
        {nobodyWorks(model) ? <SeeLife lane={model.lane} /> : null}
        <ul class="rows">
          {sorted.slice(0, ROWS_MAX).map((client) => (
            <li class="row client" key={client.session_id} data-client={client.name}>
              <div class="row-main">
                <span class="client-name">{client.name}</span>
                {client.kind === '' || client.kind === client.name ? null : <span class="soft">{client.kind}</span>}
                {client.session_id === own ? <span class="tag">this console</span> : null}
                {client.connected ? null : <span class="tag tag-warn">away, may come back</span>}
              </div>
              <p class="row-why">
                <Workers client={client} lane={model.lane} />
              </p>
              {client.session_id === own || !store.rights.steer ? null : (
                <button
                  type="button"
                  class="button button-small"
                  aria-label={`Remove ${client.name}`}
                  disabled={!store.connected}
                  onClick={() => remove(client.session_id, client.name)}
                >
                  Remove
                </button>
              )}
            </li>
          ))}
        </ul>
        {all.length > ROWS_MAX ? <p class="hint">and {count(all.length - ROWS_MAX)} more</p> : null}
      </div>
    </Panel>
  );
}

function worksOn({ workers }: ClientView, lane: string): number {
  return (workers[lane] ?? []).length > 0 ? 1 : 0;
}

function Workers({ client, lane }: { client: ClientView; lane: string }) {
  const here = client.workers[lane] ?? [];
  const elsewhere = Object.entries(client.workers).filter(([other, names]) => other !== lane && names.length > 0);
  if (here.length === 0 && elsewhere.length === 0) return <span>{client.roles.join(', ')}</span>;
  return (
    <span>
      {here.length === 0 ? null : (
        <>
          runs{' '}
          {here.map((name) => (
            <code key={name}>{name}</code>
          ))}
        </>
      )}
      {elsewhere.length === 0 ? null : ` works on ${elsewhere.map(([other]) => other).join(', ')}`}
    </span>
  );
}
