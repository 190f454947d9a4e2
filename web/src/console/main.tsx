// The console page: signs in, then shows the hub.
import { render } from 'preact';
import { SignIn } from '../sign-in/sign-in.js';
import { ConsoleStore } from './hub/console-store.js';
import { loadTheme, showTheme } from './hub/settings.js';
import { App } from './views/app.js';

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

const page = part('console');
let store: ConsoleStore | null = null;
showTheme(loadTheme());

const signIn = new SignIn({
  place: part('sign-in'),
  title: 'cuehub console',
  text: 'The hub printed a token when it started. One that may only watch shows the page without its buttons.',
  enter: (token) => {
    const opened = new ConsoleStore(token, (change) => {
      if (store === opened) signIn.connection(change);
    });
    store = opened;
    draw();
  },
  leave: () => {
    store?.close();
    store = null;
    draw();
  },
  changed: () => draw(),
});
signIn.start();

// A page that is left ends its session at once, so that it is not listed as one that may come back.
addEventListener('pagehide', () => store?.hub.close());
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

/** Typed and not yet welcomed: the form is still there, and nothing else. */
function draw(): void {
  const shown = store !== null && signIn.state.at === 'signed_in';
  page.hidden = !shown;
  render(shown && store !== null ? <App store={store} signOut={() => signIn.signOut()} /> : null, page);
}
