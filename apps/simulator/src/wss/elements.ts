import type { Node } from '../soap/xml.js';

export const DS = 'http://www.w3.org/2000/09/xmldsig#';

/** The only child of that name; two are as good as none. */
export function sole(parent: Node | undefined, uri: string, name: string): Node | undefined {
  const found = parent?.children.filter((element) => element.name === name && element.uri === uri) ?? [];
  return found.length === 1 ? found[0] : undefined;
}

export function attributeOf(node: Node | undefined, name: string, uri = ''): string | undefined {
  return node?.attributes.find((one) => one.name === name && one.uri === uri)?.value;
}
