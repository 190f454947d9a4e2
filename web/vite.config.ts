// Builds the pages into the server's package: overlay.html, index.html, voice.html, what they load under assets/, and
// sdk.js, the client in one file for pages that people write themselves. OBS 28–30 is Chromium 103: syntax is lowered to that here;
// that no newer API is called is a test (test/browser/chromium-103.test.ts).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build, type BuildOptions, defineConfig, type Plugin } from 'vite';

const shared = {
  target: 'chrome103',
  outDir: '../server/dist/pages',
  // A strict CSP: nothing inline, neither scripts nor data: URLs.
  assetsInlineLimit: 0,
  modulePreload: { polyfill: false },
} satisfies BuildOptions;

/** In a build of its own: in that of the pages it would share chunks with them, and could not be copied as one file. */
function buildSdk(): Plugin {
  let root = '.';
  return {
    name: 'cuehub-sdk',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    async closeBundle() {
      await build({
        configFile: false,
        root,
        logLevel: 'warn',
        build: {
          ...shared,
          emptyOutDir: false,
          rolldownOptions: {
            input: 'src/sdk.ts',
            preserveEntrySignatures: 'strict',
            output: { entryFileNames: 'sdk.js' },
          },
        },
      });
    },
  };
}

/** What fonts.css brings along; their licence asks to go with them. */
const FONTS = [
  '@fontsource-variable/figtree',
  '@fontsource/atkinson-hyperlegible-next',
  '@fontsource/bangers',
  '@fontsource/comic-neue',
  '@fontsource/vt323',
];

function fontLicences(): Plugin {
  const require = createRequire(import.meta.url);
  return {
    name: 'cuehub-font-licences',
    apply: 'build',
    generateBundle() {
      const texts = FONTS.map(
        (font) => `${font}\n\n${readFileSync(require.resolve(`${font}/LICENSE`), 'utf8').trim()}`,
      );
      this.emitFile({
        type: 'asset',
        fileName: 'font-licences.txt',
        source: `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
      });
    },
  };
}

export default defineConfig({
  // Relative, so that the pages also work below a path of a reverse proxy.
  base: './',
  plugins: [buildSdk(), fontLicences()],
  build: {
    ...shared,
    emptyOutDir: true,
    rolldownOptions: {
      input: {
        overlay: 'overlay.html',
        'overlay-setup': 'overlay/setup.html',
        console: 'console.html',
        voice: 'voice.html',
        index: 'index.html',
      },
    },
  },
});
