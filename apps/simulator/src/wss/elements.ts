export const DS = 'http://www.w3.org/2000/09/xmldsig#';

export function children(parent: Element | undefined): Element[] {
  return Array.from(parent?.childNodes ?? []).filter((node): node is Element => node.nodeType === 1);
}

/** The only child of that name; two are as good as none. */
export function sole(parent: Element | undefined, uri: string, name: string): Element | undefined {
  const found = children(parent).filter((element) => element.localName === name && element.namespaceURI === uri);
  return found.length === 1 ? found[0] : undefined;
}
