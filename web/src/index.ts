// The start page: what this hub is, the way to the overlay, and with a token in the address a monitor of the stage.
import { startLive } from './live.js';
import { linkTo, type PageOptions, readPageOptions } from './overlay/options.js';
import type { OverlayView } from './overlay/view.js';
import { Stage } from './stage/stage.js';

/** How long the button says that it copied. */
const COPIED_MS = 1_600;

function part<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no #${id}`);
  return found;
}

const token = part('token', HTMLInputElement);
const lane = part('lane', HTMLInputElement);
const link = part('link', HTMLInputElement);
const copy = part('copy', HTMLButtonElement);
const options = readPageOptions(location.hash);

if (options.token !== null) showLinks(options.token, options);

part('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  // The address with the token is this page's own: it goes live, and can be kept as a bookmark.
  location.href = linkTo('.', location.href, { token: token.value.trim(), lane: lane.value });
});
window.addEventListener('hashchange', () => location.reload());
copy.addEventListener('click', () => void copyLink());

function showLinks(known: string, page: PageOptions): void {
  token.value = known;
  lane.value = page.lane;
  link.value = linkTo('overlay', location.href, { token: known, lane: page.lane });
  part('overlay-link', HTMLAnchorElement).href = link.value;
  part('links', HTMLDivElement).hidden = false;
  const stage = new Stage(part('stage', HTMLDivElement), { side: 'left', badge: true });
  startLive({
    options: page,
    kind: 'monitor',
    reportsHeard: false,
    draw: (view) => {
      stage.draw(view);
      showCaption(view);
    },
  });
}

function showCaption({ badge, stale }: OverlayView): void {
  part('bars', HTMLDivElement).hidden = !stale;
  const onStage = badge.task === '' ? 'The stage is free' : `On stage: ${badge.task}`;
  const waiting = badge.waiting === 0 ? 'nobody waits' : `${badge.waiting} waiting`;
  part('caption', HTMLParagraphElement).textContent = stale ? `${badge.label}.` : `${onStage}, ${waiting}.`;
}

async function copyLink(): Promise<void> {
  link.select();
  try {
    await navigator.clipboard.writeText(link.value);
    copy.textContent = 'Copied';
  } catch {
    // Over plain http from another machine there is no clipboard; the text is selected, and Ctrl+C works.
    copy.textContent = 'Ctrl+C';
  }
  setTimeout(() => {
    copy.textContent = 'Copy';
  }, COPIED_MS);
}
