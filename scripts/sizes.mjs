// What the browser downloads for a first visit, against the goals. Exits with 1 when a goal is missed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const assets = new URL("../web/dist/assets/", import.meta.url).pathname;
// Brotli, in kilobytes (1,000 bytes): a first visit over slow 4G (1.6 Mbit/s) then takes about six seconds.
const goals = [
  { name: "wasm", suffix: ".wasm", kilobytesMax: 800 },
  { name: "script", suffix: ".js", kilobytesMax: 350 },
];

const kilobytes = (bytes) => bytes / 1000;

function measure(file) {
  const content = readFileSync(join(assets, file));
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { file, raw: content.length, gzip: gzipSync(content, { level: 9 }).length, brotli: brotli.length };
}

function printRow(name, raw, gzip, brotli, remark = "") {
  const cells = [raw, gzip, brotli].map((cell) => (typeof cell === "number" ? kilobytes(cell).toFixed(1) : cell).padStart(10));
  console.log(name.padEnd(36) + cells.join("") + remark);
}

printRow("kilobytes", "raw", "gzip", "brotli");
for (const { name, suffix, kilobytesMax } of goals) {
  const rows = readdirSync(assets).filter((file) => file.endsWith(suffix)).map(measure);
  for (const row of rows) printRow(row.file, row.raw, row.gzip, row.brotli);
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  const isMet = rows.length > 0 && kilobytes(sum("brotli")) <= kilobytesMax;
  printRow(`all ${name}`, sum("raw"), sum("gzip"), sum("brotli"), `  goal ${kilobytesMax}: ${isMet ? "met" : "MISSED"}`);
  if (!isMet) process.exitCode = 1;
}
