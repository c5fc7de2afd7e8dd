// Draws the PNG icons from icon.svg with a local Chromium (`CHROMIUM`, or Debian's).
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const PUBLIC = fileURLToPath(new URL('../public/', import.meta.url));
const svg = readFileSync(`${PUBLIC}icon.svg`, 'utf8');
// A maskable icon has no corners of its own; its middle four fifths stay visible.
const maskable = svg.replace('rx="112"', '').replace('<g ', '<g transform="translate(51 51) scale(0.8)" ');

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [name, source, size] of [
  ['icon-192.png', svg, 192],
  ['icon-512.png', svg, 512],
  ['icon-maskable-512.png', maskable, 512],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>*{margin:0}svg{display:block;width:100vw;height:100vh}</style>${source}`);
  await page.screenshot({ path: `${PUBLIC}${name}`, omitBackground: true });
  await page.close();
}
await browser.close();
