// Draws how the rules place the teams of docs/examples/thesis-round.json: docs/pictures/allocation.svg. Part of `make pictures`.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const rules = ['student-optimal', 'supervisor-optimal', 'largest-stable', 'greedy', 'generous', 'least-cost'];
// From good to bad; told apart also without colours, as they get lighter.
const shades = ['#0b3954', '#15616d', '#3a8e8c', '#7fb685', '#c9d487', '#f0e3a1'];
const none = '#ffffff';
const nth = ['1st choice', '2nd', '3rd', '4th', '5th', '6th', 'no topic'];

const bar = { left: 150, width: 560, height: 30, gap: 16, top: 64 };

function allocate(rule) {
  const answer = execFileSync(process.env.SAMSYNK_BIN, ['allocate', at('docs/examples/thesis-round.json'), '--rule', rule]);
  const { allocation, profile, blocking_pairs: blocking } = JSON.parse(answer);
  const teams = Object.values(allocation);
  const counts = shades.map((_, rank) => profile[rank] ?? 0);
  return { rule, counts: [...counts, teams.filter((topic) => topic === null).length], blocking: blocking.length, teams: teams.length };
}

function text(x, y, words, more = '') {
  return `<text x="${x}" y="${y}" ${more}>${words}</text>`;
}

function box(x, y, width, height, fill) {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" stroke="#0b3954"/>`;
}

function row({ rule, counts, blocking, teams }, number) {
  const y = bar.top + number * (bar.height + bar.gap);
  const parts = [text(bar.left - 10, y + 20, rule, 'text-anchor="end"')];
  let x = bar.left;
  counts.forEach((count, rank) => {
    const width = (count / teams) * bar.width;
    if (count === 0) return;
    parts.push(box(x, y, width, bar.height, shades[rank] ?? none));
    const ink = rank < 2 ? '#ffffff' : '#000000';
    if (width >= 16) parts.push(text(x + width / 2, y + 20, count, `text-anchor="middle" fill="${ink}"`));
    x += width;
  });
  parts.push(text(bar.left + bar.width + 12, y + 20, blocking));
  return parts.join('\n');
}

function legend() {
  return nth.map((name, rank) => {
    const x = bar.left + rank * 74 + (rank > 0 ? 40 : 0);
    return box(x, 16, 14, 14, shades[rank] ?? none) + text(x + 20, 28, name);
  });
}

const rows = rules.map(allocate);
const height = bar.top + rules.length * (bar.height + bar.gap);
const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 ${height}" font-family="sans-serif" font-size="14" role="img">
<title>How many of ${rows[0].teams} teams get their first to sixth choice, by rule</title>
<rect width="840" height="${height}" fill="#ffffff"/>
${legend().join('\n')}
${text(bar.left + bar.width + 12, bar.top - 10, 'blocking pairs')}
${rows.map(row).join('\n')}
</svg>
`;
writeFileSync(at('docs/pictures/allocation.svg'), picture);
