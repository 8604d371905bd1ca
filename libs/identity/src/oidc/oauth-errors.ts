import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type Provider from 'oidc-provider';

const ITALIAN: Readonly<Record<string, string>> = {
  invalid_client: 'L’applicazione non è riconosciuta.',
  invalid_grant: 'Il codice o il token presentato non è valido, è scaduto o è già stato usato, oppure la sessione è chiusa.',
  invalid_redirect_uri: 'L’indirizzo di ritorno non è fra quelli registrati per l’applicazione.',
  invalid_scope: 'Lo scope richiesto non è ammesso.',
  invalid_target: 'La risorsa (resource) richiesta non è ammessa per questa applicazione.',
  invalid_token: 'Il token presentato non è valido.',
  server_error: 'Errore interno: riprova più tardi.',
  unauthorized_client: 'L’applicazione non può usare questo modo di accesso.',
  unsupported_grant_type: 'Il tipo di richiesta (grant_type) non è ammesso.',
};

/** For a page: what a person is told, whatever the provider said in English. */
export const toldOf = (code: string): string => ITALIAN[code] ?? 'La richiesta dell’applicazione non è valida.';

interface OAuthError {
  readonly error: string;
  readonly error_description?: string;
}

const isOAuthError = (body: unknown): body is OAuthError => typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string';

/** The provider explains its errors in English: here they are told in Italian. Those of our own grants are Italian already. */
export function speakItalian(provider: Provider): void {
  const translate = (ctx: KoaContextWithOIDC, error: Error): void => {
    if (error instanceof errors.CustomOIDCProviderError || !isOAuthError(ctx.body)) return;
    const { error: code, error_description: detail } = ctx.body;
    ctx.body = { ...ctx.body, error_description: ITALIAN[code] ?? `La richiesta non è valida: ${detail ?? code}.` };
  };
  provider.on('grant.error', translate);
  provider.on('revocation.error', translate);
  provider.on('server_error', translate);
}
