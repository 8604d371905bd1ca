interface Page {
  readonly response: Response;
  readonly url: string;
  readonly body: string;
}

/** As much of a browser as a sign-in needs: cookies with their paths, redirects, forms with the `Origin` that the page's referrer policy leaves them. */
export class Browser {
  private readonly cookies = new Map<string, { readonly value: string; readonly path: string }>();
  private at: { readonly origin: string; readonly policy: string | null } | undefined;

  /** Follows redirects while they stay at `origin`; the last answer, or the redirect that leaves. */
  async go(url: string, origin: string, form?: Readonly<Record<string, string>>): Promise<Page> {
    let at = url;
    let body: URLSearchParams | undefined = form && new URLSearchParams(form);
    for (;;) {
      const posted = body ? { method: 'POST', body } : {};
      const response = await fetch(at, { redirect: 'manual', headers: { cookie: this.cookieFor(at), accept: 'text/html', ...(body ? this.fromPage(at) : {}) }, ...posted });
      this.keep(response);
      const location = response.headers.get('location');
      if (location === null || !new URL(location, at).href.startsWith(`${origin}/oidc/`)) {
        if (location === null) this.at = { origin: new URL(at).origin, policy: response.headers.get('referrer-policy') };
        return { response, url: location === null ? at : new URL(location, at).href, body: await response.text() };
      }
      at = new URL(location, at).href;
      body = undefined;
    }
  }

  /** Fetch standard, "append a request Origin header": a page that tells no referrer posts its own forms with `Origin: null`. */
  private fromPage(to: string): Readonly<Record<string, string>> {
    const { origin, policy } = this.at ?? { origin: new URL(to).origin, policy: null };
    const same = origin === new URL(to).origin;
    const hidden = policy === 'no-referrer' || (policy === 'same-origin' && !same);
    return { origin: hidden ? 'null' : origin, 'sec-fetch-site': same ? 'same-origin' : 'cross-site' };
  }

  private keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split('; ');
      const [name, value] = [pair!.slice(0, pair!.indexOf('=')), pair!.slice(pair!.indexOf('=') + 1)];
      const path = attributes.find((attribute) => attribute.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
      if (value === '') this.cookies.delete(`${name}${path}`);
      else this.cookies.set(`${name}${path}`, { value, path });
    }
  }

  private cookieFor(url: string): string {
    const { pathname } = new URL(url);
    return [...this.cookies].filter(([, { path }]) => pathname.startsWith(path)).map(([key, { value, path }]) => `${key.slice(0, -path.length)}=${value}`).join('; ');
  }
}
