// Builds the page into the Python package, with a .gz beside each text file so that no server
// compresses at request time.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const out = process.env.AUTOM8_WEB_OUT ?? '../src/autom8/dashboard/static';

/** What /api/docs shows the API's description with; it is served as it comes. */
const swagger = {
  name: 'swagger',
  apply: 'build' as const,
  closeBundle() {
    for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE']) {
      cpSync(join('node_modules/swagger-ui-dist', name), join(out, 'swagger', name));
    }
  },
};

const precompressed = {
  name: 'precompressed',
  apply: 'build' as const,
  closeBundle() {
    for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(js|css|svg)$/.test(name)) continue;
      const path = join(out, name);
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
    }
  },
};

export default defineConfig({
  base: '/static/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [swagger, precompressed], // in this order: what is copied is compressed too
  build: {
    outDir: out,
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0, // everything is a file of our own origin
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
