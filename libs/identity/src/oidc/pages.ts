import type { Environment } from '@geres/kernel';

/** Pages for people: no script, one style sheet, labels and errors that a screen reader tells. */

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text ready to stand in a page. */
class Markup {
  constructor(readonly text: string) {}
}

const rendered = (value: unknown): string => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(rendered).join('');
  return value === undefined ? '' : String(value as string | number).replaceAll(/[&<>"']/g, (character) => ESCAPES[character]!);
};

const html = (parts: TemplateStringsArray, ...values: readonly unknown[]): Markup => new Markup(parts.reduce((text, part, index) => text + rendered(values[index - 1]) + part));

export const STYLE = `:root{color-scheme:light;font:100%/1.5 system-ui,sans-serif;color:#17324d;background:#f2f6fa}
body{margin:0}
main{max-width:28rem;margin:3rem auto;padding:2rem;background:#fff;border:1px solid #c5d2de;border-radius:.5rem}
.ambiente{margin:0;padding:.5rem;text-align:center;font-weight:600;background:#ffda73;color:#3b2d00}
h1{margin-top:0;font-size:1.5rem}
label,legend{display:block;margin-top:1rem;font-weight:600}
fieldset{border:0;margin:0;padding:0}
fieldset label{font-weight:400;margin-top:.5rem}
input:not([type=radio]){box-sizing:border-box;width:100%;min-height:2.75rem;padding:.5rem;font:inherit;border:1px solid #5a768a;border-radius:.25rem}
button{min-height:2.75rem;margin:1.5rem .5rem 0 0;padding:.5rem 1.25rem;font:inherit;font-weight:600;color:#fff;background:#0059b3;border:1px solid #0059b3;border-radius:.25rem;cursor:pointer}
button.secondario{color:#0059b3;background:#fff}
:focus-visible{outline:3px solid #ff9900;outline-offset:2px}
.errore{padding:.75rem;border-left:.25rem solid #b3003d;background:#fdecf1;color:#7a0029}
.aiuto{font-size:.9rem;color:#455b71}
`;

function page(environment: Environment, title: string, content: Markup): string {
  const banner = environment === 'test' ? html`<p class="ambiente">Ambiente di test: i dati non sono reali</p>` : html``;
  return html`<!DOCTYPE html>
<html lang="it">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title} · GeRes</title><link rel="stylesheet" href="/oidc/${environment}/stile.css"></head>
<body>${banner}<main><h1>${title}</h1>${content}</main></body>
</html>`.text;
}

const errorBox = (text: string | undefined): Markup => (text === undefined ? html`` : html`<p class="errore" role="alert" id="errore">${text}</p>`);

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'password';
  readonly autocomplete: string;
  readonly value?: string | undefined;
}

const field = ({ name, label, type = 'text', autocomplete, value = '' }: Field): Markup =>
  html`<label for="${name}">${label}</label><input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}" required maxlength="256"${type === 'text' ? html` autocapitalize="none" spellcheck="false"` : html``}>`;

const cancel = (action: string): Markup => html`<form method="post" action="${action}/annulla"><button class="secondario" type="submit">Annulla</button></form>`;

export interface Step {
  readonly environment: Environment;
  /** Path of the interaction. */
  readonly action: string;
  readonly error?: string | undefined;
}

export const loginPage = ({ environment, action, error, client, login }: Step & { readonly client: string; readonly login?: string | undefined }): string =>
  page(
    environment,
    'Accedi',
    html`<p>Per continuare in <strong>${client}</strong>.</p>${errorBox(error)}<form method="post" action="${action}">${field({ name: 'utente', label: 'Nome utente', autocomplete: 'username', value: login })}${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' })}<button type="submit">Accedi</button></form>${cancel(action)}`,
  );

export const changePage = ({ environment, action, error, login }: Step & { readonly login?: string | undefined }): string =>
  page(
    environment,
    'Cambia la password',
    html`<p>Prima di continuare scegli una nuova password, di almeno 12 caratteri.</p>${errorBox(error)}<form method="post" action="${action}/password">${field({ name: 'utente', label: 'Nome utente', autocomplete: 'username', value: login })}${field({ name: 'password', label: 'Password attuale', type: 'password', autocomplete: 'current-password' })}${field({ name: 'nuova', label: 'Nuova password', type: 'password', autocomplete: 'new-password' })}${field({ name: 'ripetuta', label: 'Ripeti la nuova password', type: 'password', autocomplete: 'new-password' })}<button type="submit">Cambia e continua</button></form>${cancel(action)}`,
  );

export const rolePage = ({ environment, action, error, roles }: Step & { readonly roles: readonly string[] }): string =>
  page(
    environment,
    'Scegli il ruolo',
    html`${errorBox(error)}<form method="post" action="${action}/ruolo"><fieldset><legend>Con quale ruolo vuoi lavorare?</legend>${roles.map((name, index) => html`<label><input type="radio" name="ruolo" value="${index}" required${index === 0 ? html` checked` : html``}> ${name}</label>`)}</fieldset><button type="submit">Continua</button></form>${cancel(action)}`,
  );

/** `form` is the provider's own, with the secret that protects it. */
export const logoutPage = (environment: Environment, form: string): string =>
  page(
    environment,
    'Esci',
    html`<p>Vuoi uscire da GeRes?</p>${new Markup(form)}<button type="submit" form="op.logoutForm" value="yes" name="logout">Esci</button><button class="secondario" type="submit" form="op.logoutForm">Resta</button>`,
  );

export const loggedOutPage = (environment: Environment): string => page(environment, 'Sei uscito', html`<p>La sessione è chiusa. Puoi chiudere questa finestra.</p>`);

export const errorPage = (environment: Environment, text: string): string =>
  page(environment, 'Qualcosa non va', html`${errorBox(text)}<p>Torna all’applicazione e riprova. Se il problema resta, rivolgiti a chi la gestisce.</p>`);

export const setupPage = ({ environment, action, error, values = {} }: Step & { readonly values?: Readonly<Record<string, string>> }): string =>
  page(
    environment,
    'Primo avvio',
    html`<p>Crea il GESTORE di questa installazione con il codice stampato all’avvio.</p>${errorBox(error)}<form method="post" action="${action}">${field({ name: 'codice', label: 'Codice di primo avvio', autocomplete: 'off' })}${field({ name: 'nome', label: 'Nome', autocomplete: 'given-name', value: values['nome'] })}${field({ name: 'cognome', label: 'Cognome', autocomplete: 'family-name', value: values['cognome'] })}${field({ name: 'utente', label: 'Nome utente', autocomplete: 'username', value: values['utente'] })}${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password' })}<p class="aiuto">Almeno 12 caratteri.</p>${field({ name: 'ripetuta', label: 'Ripeti la password', type: 'password', autocomplete: 'new-password' })}<button type="submit">Crea il GESTORE</button></form>`,
  );

export const setupDonePage = (environment: Environment): string => page(environment, 'GESTORE creato', html`<p>Ora puoi accedere alla <a href="/console/">console</a>.</p>`);
