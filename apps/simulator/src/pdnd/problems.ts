/** GovWay's own errors, by title (pdnd.md §13.2): status and the detail that tells nothing. */
export const PROBLEMS = {
  InteroperabilityInvalidRequest: [400, 'Received request is not conform to the required interoperability profile'],
  InvalidRequestContent: [400, 'Request content not conform to API specification'],
  ContentTypeNotSupported: [400, "Unsupported 'Content-Type' header"],
  UnprocessableRequestContent: [400, "Request payload is different from what declared in 'Content-Type' header"],
  TokenAuthenticationRequired: [401, 'A token is required'],
  TokenAuthenticationFailed: [401, 'Invalid token'],
  TokenExpired: [401, 'Expired token'],
  TokenNotBefore: [401, "Invalid 'notBefore' token claim"],
  TokenInTheFuture: [401, "'iat' token claim is in the future"],
  AuthorizationTokenDeny: [403, 'Insufficient token claims'],
  UnknownAPI: [404, 'Unknown API'],
  UndefinedOperation: [404, 'Operation undefined in the API specification'],
  NotFound: [404, 'Unknown API Request'],
  Conflict: [409, 'Already processed message'],
  RequestSizeExceeded: [413, 'Request size exceeded detected'],
  LimitExceeded: [429, 'Limit exceeded detected'],
  TooManyRequests: [429, 'Too many requests detected'],
  APIUnavailable: [503, 'API unavailable'],
  EndpointReadTimeout: [504, 'Read Timeout calling the API implementation'],
} as const satisfies Record<string, readonly [number, string]>;

export type Title = keyof typeof PROBLEMS;

/** The problem document; `more` is added to the detail where the text of a validator belongs to it. */
export function problem(title: Title, govwayId: string, more = ''): { readonly status: number; readonly body: string } {
  const [status, detail] = PROBLEMS[title];
  return { status, body: JSON.stringify({ type: `https://govway.org/handling-errors/${String(status)}/${title}.html`, title, status, detail: detail + more, govway_id: govwayId }) };
}
