/** A setting or a parameter that makes no sense; the message is for the person who sent it. */
export class WrongInput extends Error {
  override readonly name = 'WrongInput';
}

/** What is asked about is not there. */
export class NotThere extends Error {
  override readonly name = 'NotThere';
}

export function fields<Name extends string>(body: unknown, names: readonly Name[]): Record<Name, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new WrongInput(`serve un oggetto JSON con i campi: ${names.join(', ')}`);
  const unknown = Object.keys(body).find((name) => !names.some((expected) => expected === name));
  if (unknown !== undefined) throw new WrongInput(`campo sconosciuto: ${unknown.slice(0, 60)}; i campi sono: ${names.join(', ')}`);
  return body as Record<Name, unknown>;
}

export function numbers<Name extends string>(query: unknown, largest: Readonly<Record<Name, number>>): Partial<Record<Name, number>> {
  const given = fields(query, Object.keys(largest) as Name[]);
  const read: Partial<Record<Name, number>> = {};
  for (const name of Object.keys(given) as Name[]) {
    const text = given[name];
    const value = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (!whole(value, largest[name])) throw new WrongInput(`${name} deve essere un numero intero tra 0 e ${String(largest[name])}`);
    read[name] = value;
  }
  return read;
}

export function whole(value: unknown, largest: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= largest;
}

export function text(value: unknown, name: string, rule: RegExp, words: string): string {
  if (typeof value !== 'string' || !rule.test(value)) throw new WrongInput(`${name} deve essere ${words}`);
  return value;
}

export function oneOf<const Value extends string>(value: unknown, name: string, values: readonly Value[]): Value {
  const known = values.find((one) => one === value);
  if (known === undefined) throw new WrongInput(`${name} deve essere uno tra: ${values.join(', ')}`);
  return known;
}

export function flag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new WrongInput(`${name} deve essere true o false`);
  return value;
}
