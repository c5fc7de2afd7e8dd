const BROWSERS: [RegExp, string][] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPad/, 'iPad'],
  [/iPhone/, 'iPhone'],
  [/Mac OS/, 'Mac'],
  [/Windows/, 'Windows'],
  [/CrOS/, 'Chromebook'],
  [/Linux/, 'Linux'],
];

/** Whether the browser says that it runs on something held in the hand. */
export function isHandheld(agent: string): boolean {
  return /Android|iPhone|iPad|Mobi/.test(agent);
}

const first = (of: [RegExp, string][], agent: string) => of.find(([pattern]) => pattern.test(agent))?.[1] ?? null;

/** The browser and the system that a device can be told by, as `Chrome` and `Android`. */
export function deviceParts(agent: string): { browser: string; system: string } {
  return { browser: first(BROWSERS, agent) ?? 'samsynk', system: first(SYSTEMS, agent) ?? '?' };
}
