// The start page: what this hub is, the way to its pages, and for who is signed in a monitor of the stage.
import { DEFAULT_LANE, type Grants } from '@cuehub/protocol';
import { startLive } from './live.js';
import { linkTo, overlayLink, PARTS, readPageOptions } from './overlay/options.js';
import type { OverlayView } from './overlay/view.js';
import { part } from './page.js';
import { SecretLink } from './secret-link.js';
import { addressToken, fetchWatchToken, watchesOnly } from './setup/rights.js';
import { SignIn } from './sign-in/sign-in.js';
import type { SignInState } from './sign-in/state.js';
import { Stage } from './stage/stage.js';

const lane = part('lane', HTMLInputElement);
const link = new SecretLink(part('link', HTMLInputElement), part('copy', HTMLButtonElement));
const overlay = part('overlay-link', HTMLAnchorElement);
const options = readPageOptions(location.hash);
/** The monitor shows everything there is. */
const show = PARTS;
let stopLive = (): void => {};
/** What goes into the address of the overlay; undefined while that is not known, null when it is to be chosen. */
let publicToken: string | null | undefined;

const signIn = new SignIn({
  place: part('sign-in', HTMLDivElement),
  text: 'With the token that the hub printed when it started. It opens the monitor above and makes your links.',
  enter: goLive,
  leave: () => {
    stopLive();
    publicToken = undefined;
    part('stage', HTMLDivElement).replaceChildren();
    showCaption(null);
  },
  changed: showLinks,
});

lane.value = options.lane;
lane.addEventListener('change', () => {
  // The address with the lane is this page's own, and can be kept as a bookmark.
  if (lane.reportValidity()) location.hash = lane.value === DEFAULT_LANE ? '' : `lane=${lane.value}`;
});
window.addEventListener('hashchange', () => location.reload());
part('sign-out', HTMLButtonElement).addEventListener('click', () => signIn.signOut());
signIn.start();

function goLive(token: string): void {
  const stage = new Stage(part('stage', HTMLDivElement), { ...options, show });
  stopLive = startLive({
    options: { ...options, show, token },
    kind: 'monitor',
    reportsHeard: false,
    draw: (view) => {
      stage.draw(view);
      showCaption(view);
    },
    connection: (change) => signIn.connection(change),
    granted: (grants) => void choosePublicToken(token, grants),
  });
}

/** Never the token that was typed when it may do more than watch: the overlay's address is seen by many. */
async function choosePublicToken(token: string, grants: Grants): Promise<void> {
  const found = watchesOnly(grants) ? null : await fetchWatchToken(location.href, token);
  // Somebody may have signed out, and in again, while the hub was asked.
  if (signIn.token !== token) return;
  publicToken = addressToken({ token, grants }, found, false).token;
  showLinks(signIn.state);
}

function showLinks({ at }: SignInState): void {
  part('signed-in', HTMLDivElement).hidden = at !== 'signed_in';
  const token = at === 'signed_in' ? signIn.token : null;
  const watches = token === null ? undefined : publicToken;
  part('ready-made', HTMLDivElement).hidden = typeof watches !== 'string';
  part('to-choose', HTMLParagraphElement).hidden = watches !== null;
  if (typeof watches === 'string') {
    overlay.href = overlayLink(location.href, watches, { lane: options.lane });
    link.show(overlay.href, watches);
  } else {
    overlay.href = token === null ? 'overlay' : 'overlay/setup';
    link.show('', null);
  }
  // A new tab has a session of its own: the link brings the token, and the page takes it out of its address.
  for (const page of ['console', 'voice'] as const) {
    const there = part(`${page}-link`, HTMLAnchorElement);
    there.href = token === null ? page : linkTo(page, location.href, { token, lane: options.lane });
  }
}

/** Null when nobody is signed in. */
function showCaption(view: OverlayView | null): void {
  const stale = view?.stale ?? true;
  part('bars', HTMLDivElement).hidden = !stale;
  const caption = part('caption', HTMLParagraphElement);
  if (view === null || signIn.state.at === 'signed_out') {
    caption.textContent = 'Sign in to see what is on stage.';
    return;
  }
  const { badge } = view;
  const onStage = badge.task === '' ? 'The stage is free' : `On stage: ${badge.task}`;
  const waiting = badge.waiting === 0 ? 'nobody waits' : `${badge.waiting} waiting`;
  caption.textContent = stale ? `${badge.label}.` : `${onStage}, ${waiting}.`;
}
