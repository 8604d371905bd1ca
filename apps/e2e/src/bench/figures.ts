/** One line of the benchmark. `limit` was measured in the same run, where there is one; `target` is in words. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: number | null;
  readonly target: string | null;
  readonly met: boolean | null;
}

export const figure = (name: string, value: number, unit: string, more: { readonly limit?: number; readonly target?: string; readonly met?: boolean } = {}): Figure => ({
  name,
  value: round(value),
  unit,
  limit: more.limit === undefined ? null : round(more.limit),
  target: more.target ?? null,
  met: more.met ?? null,
});

const round = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100);

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, limit, target, met }) => [name, `${value} ${unit}`, limit === null ? '' : `${limit} ${unit}`, target ?? '', met === null ? '' : met ? 'sì' : 'NO']);
  const all = [['misura', 'valore', 'limite', 'obiettivo', 'raggiunto'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n');
}
