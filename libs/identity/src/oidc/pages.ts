import type { Environment } from '@geres/kernel';
import { PASSWORD_MIN } from '../user/password.js';

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
.marchio{margin:0 0 1.5rem;padding-bottom:.75rem;border-bottom:1px solid #c5d2de;font-weight:600;color:#0059b3}
main{box-sizing:border-box;max-width:32rem;margin:2.5rem auto;padding:2rem;background:#fff;border:1px solid #c5d2de;border-radius:.5rem}
.ambiente{margin:0;padding:.5rem;text-align:center;font-weight:600;background:#ffda73;color:#3b2d00}
h1{margin-top:0;font-size:1.5rem}
label,legend{display:block;margin-top:1rem;font-weight:600}
fieldset{border:0;margin:0;padding:0}
fieldset label{display:flex;gap:.5rem;font-weight:400;margin-top:.75rem}
input:not([type=radio]){box-sizing:border-box;width:100%;min-height:2.75rem;padding:.5rem;font:inherit;border:1px solid #5a768a;border-radius:.25rem}
button{min-height:2.75rem;padding:.5rem 1.25rem;font:inherit;font-weight:600;color:#fff;background:#0059b3;border:1px solid #0059b3;border-radius:.25rem;cursor:pointer}
.azioni{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}
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
<body>${banner}<main><p class="marchio">GeRes</p><h1>${title}</h1>${content}</main></body>
</html>`.text;
}

const errorBox = (text: string | undefined): Markup => (text === undefined ? html`` : html`<p class="errore" role="alert" id="errore">${text}</p>`);

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'password';
  readonly autocomplete: string;
  readonly value?: string | undefined;
  /** The cursor waits here. */
  readonly first?: boolean;
  /** Id of the text that explains it. */
  readonly explained?: string | undefined;
}

const attribute = (name: string, on: boolean | undefined): Markup => (on ? html` ${name}` : html``);

const field = ({ name, label, type = 'text', autocomplete, value = '', first, explained }: Field): Markup =>
  html`<label for="${name}">${label}</label><input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}" required maxlength="256"${type === 'text' ? html` autocapitalize="none" spellcheck="false"` : html``}${explained === undefined ? html`` : html` aria-describedby="${explained}"`}${attribute('autofocus', first)}>`;

const actions = (text: string, cancel: boolean): Markup =>
  html`<p class="azioni"><button type="submit">${text}</button>${cancel ? html`<button class="secondario" type="submit" form="annulla">Annulla</button>` : html``}</p>`;

/** Out of the form itself, so that cancelling sends nothing of what was typed. */
const cancelForm = (action: string): Markup => html`<form id="annulla" method="post" action="${action}/annulla"></form>`;

const passwordHelp = html`<p class="aiuto" id="regola">Almeno ${PASSWORD_MIN} caratteri, senza il nome utente. Va bene anche una frase.</p>`;

export interface Step {
  readonly environment: Environment;
  /** Path of the interaction. */
  readonly action: string;
  readonly error?: string | undefined;
}

export const loginPage = ({ environment, action, error, client, login }: Step & { readonly client: string; readonly login?: string | undefined }): string => {
  const explained = error === undefined ? undefined : 'errore';
  const again = login !== undefined && login !== '';
  return page(
    environment,
    'Accedi',
    html`<p>Per continuare in <strong>${client}</strong>.</p>${errorBox(error)}<form method="post" action="${action}">${field({ name: 'utente', label: 'Nome utente', autocomplete: 'username', value: login, first: !again, explained })}${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', first: again, explained })}${actions('Accedi', true)}</form>${cancelForm(action)}`,
  );
};

export const changePage = ({ environment, action, error, login }: Step & { readonly login?: string | undefined }): string =>
  page(
    environment,
    'Cambia la password',
    html`<p>Prima di continuare scegli una password che conosci solo tu.</p>${errorBox(error)}<form method="post" action="${action}/password">${field({ name: 'utente', label: 'Nome utente', autocomplete: 'username', value: login })}${field({ name: 'password', label: 'Password attuale', type: 'password', autocomplete: 'current-password', first: true })}${field({ name: 'nuova', label: 'Nuova password', type: 'password', autocomplete: 'new-password', explained: 'regola' })}${passwordHelp}${field({ name: 'ripetuta', label: 'Ripeti la nuova password', type: 'password', autocomplete: 'new-password' })}${actions('Cambia e continua', true)}</form>${cancelForm(action)}`,
  );

export const rolePage = ({ environment, action, error, roles }: Step & { readonly roles: readonly string[] }): string =>
  page(
    environment,
    'Scegli il ruolo',
    html`${errorBox(error)}<form method="post" action="${action}/ruolo"><fieldset><legend>Con quale ruolo vuoi lavorare?</legend>${roles.map((name, index) => html`<label><input type="radio" name="ruolo" value="${index}" required${attribute('checked', index === 0)}><span>${name}</span></label>`)}</fieldset>${actions('Continua', true)}</form>${cancelForm(action)}`,
  );

/** `form` is the provider's own, with the secret that protects it. */
export const logoutPage = (environment: Environment, form: string): string =>
  page(
    environment,
    'Esci',
    html`<p>Vuoi uscire da GeRes?</p>${new Markup(form)}<p class="azioni"><button type="submit" form="op.logoutForm" value="yes" name="logout">Esci</button><button class="secondario" type="submit" form="op.logoutForm">Resta</button></p>`,
  );

export const loggedOutPage = (environment: Environment): string => page(environment, 'Sei uscito', html`<p>La sessione è chiusa. Puoi chiudere questa finestra.</p>`);

export const errorPage = (environment: Environment, text: string): string =>
  page(environment, 'Qualcosa non va', html`${errorBox(text)}<p>Torna all’applicazione e riprova. Se il problema resta, rivolgiti a chi la gestisce.</p>`);

export const setupPage = ({ environment, action, error, values = {} }: Step & { readonly values?: Readonly<Record<string, string>> }): string =>
  page(
    environment,
    'Primo avvio',
    html`<p>Crea il GESTORE di questa installazione con il codice stampato all’avvio.</p>${errorBox(error)}<form method="post" action="${action}">${field({ name: 'codice', label: 'Codice di primo avvio', autocomplete: 'off', first: true, value: values['codice'] })}${field({ name: 'nome', label: 'Nome', autocomplete: 'given-name', value: values['nome'] })}${field({ name: 'cognome', label: 'Cognome', autocomplete: 'family-name', value: values['cognome'] })}${field({ name: 'utente', label: 'Nome utente', autocomplete: 'username', value: values['utente'] })}${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password', explained: 'regola' })}${passwordHelp}${field({ name: 'ripetuta', label: 'Ripeti la password', type: 'password', autocomplete: 'new-password' })}${actions('Crea il GESTORE', false)}</form>`,
  );

export const setupDonePage = (environment: Environment): string => page(environment, 'GESTORE creato', html`<p>Da ora si entra con il suo nome utente e la sua password. Il codice di primo avvio non vale più.</p>`);
