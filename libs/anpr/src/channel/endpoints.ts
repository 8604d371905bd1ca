/** Paths of ANPR's web services (one host for all); a connection knows the address of 3002 alone. */
const PATHS = {
  '3000': '/ANPR3000ServiziConsultazione/AnprService3000',
  '7000': '/ANPR7001ServizioScaricoTabelle/AnprService7001',
  TestConn: '/ANPRTestConn/TestConn',
} as const;

/** The address of another service beside that of 3002: what stands before the path of that one (a gateway in between) stands before this one too. */
export function endpointOf(service: keyof typeof PATHS, endpoint3002: string): string {
  const url = new URL(endpoint3002);
  const path = url.pathname.replace(/\/+$/, '');
  const before = path.toLowerCase().endsWith(PATHS['3000'].toLowerCase()) ? path.slice(0, -PATHS['3000'].length) : '';
  url.pathname = `${before}${PATHS[service]}`;
  url.search = '';
  url.hash = '';
  return url.href;
}
