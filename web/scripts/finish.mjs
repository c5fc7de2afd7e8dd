// After `vite build`: tells the service worker which files make up the app, and packs them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const PACKED = /\.(html|js|css|svg|json|wasm|webmanifest)$/;

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.br'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function fillPrecache() {
  const paths = filesUnder(DIST).filter((path) => path !== 'sw.js');
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update(readFileSync(join(DIST, path)));
  const precache = { version: hash.digest('hex').slice(0, 16), files: paths.map((path) => `/${path}`) };
  const script = join(DIST, 'sw.js');
  const before = readFileSync(script, 'utf8');
  const after = before.replace(/self\.__PRECACHE__/g, () => JSON.stringify(precache));
  if (after === before) throw new Error('sw.js has no place for the list of files');
  writeFileSync(script, after);
}

function pack() {
  let total = 0;
  for (const path of filesUnder(DIST).filter((path) => PACKED.test(path))) {
    const bytes = readFileSync(join(DIST, path));
    const packed = brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    });
    if (packed.length < bytes.length) writeFileSync(join(DIST, `${path}.br`), packed);
    total += Math.min(packed.length, bytes.length);
  }
  console.log(`packed: ${(total / 1000).toFixed(0)} kB`);
}

fillPrecache();
pack();
