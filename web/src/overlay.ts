// The overlay page: a transparent layer over the game. Everything it needs is in its address.
import { startLive } from './live.js';
import { readPageOptions } from './overlay/options.js';
import { Stage } from './stage/stage.js';

const options = readPageOptions(location.hash, location.search);
const place = document.getElementById('stage');
if (place === null) throw new Error('the page has no #stage');

const stage = new Stage(place, options);
stage.remark(options.problems);
startLive({ options, kind: 'overlay', reportsHeard: true, draw: (view) => stage.draw(view) });

// Another address is another page: the token, the lane and the look may all have changed.
window.addEventListener('hashchange', () => location.reload());
