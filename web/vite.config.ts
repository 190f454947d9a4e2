// Builds the pages into the server's package: overlay.html, index.html, what they load under assets/, and sdk.js, the
// client in one file for pages that people write themselves. OBS 28–30 is Chromium 103: syntax is lowered to that here;
// that no newer API is called is a test (test/browser/chromium-103.test.ts).
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

export default defineConfig({
  // Relative, so that the pages also work below a path of a reverse proxy.
  base: './',
  plugins: [buildSdk()],
  build: {
    ...shared,
    emptyOutDir: true,
    rolldownOptions: { input: { overlay: 'overlay.html', index: 'index.html' } },
  },
});
