import type { Refusal } from '../generated/Refusal.ts';

/** An error that carries a refusal: a stable code and what its sentence names. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}

/** The refusal within whatever was thrown; `unexpected` where there is none. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refused) return thrown.refusal;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return parse(text) ?? { code: 'unexpected', params: { detail: text } };
}

// The core throws its refusals as JSON text.
function parse(text: string): Refusal | null {
  if (!text.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('code' in value)) return null;
    const params = 'params' in value && typeof value.params === 'object' ? value.params : {};
    return { code: String(value.code), params: (params ?? {}) as Refusal['params'] };
  } catch {
    return null;
  }
}
