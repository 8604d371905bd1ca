import { Metadata, status } from '@grpc/grpc-js';

/** An error as gRPC carries it: the client knows the server's exceptions by their trailers. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  constructor(
    readonly code: status,
    readonly details: string,
    readonly metadata = new Metadata(),
  ) {
    super(details);
  }
}

function exception(code: status, details: string, name: string, more: Readonly<Record<string, string>> = {}): RpcError {
  const metadata = new Metadata();
  metadata.set('exception', name);
  for (const [key, value] of Object.entries(more)) metadata.set(key, value);
  return new RpcError(code, details, metadata);
}

/** Whatever went wrong, as the client is told. */
export const rpcErrorOf = (error: unknown): RpcError => (error instanceof RpcError ? error : new RpcError(status.UNKNOWN, error instanceof Error ? error.message : String(error)));

export const unavailable = (): RpcError => new RpcError(status.UNAVAILABLE, 'Server Is Not Ready');
/** What a connection that breaks looks like to the client. */
export const cut = (): RpcError => new RpcError(status.UNAVAILABLE, 'Connection dropped');
export const unauthenticated = (): RpcError => new RpcError(status.UNAUTHENTICATED, 'Invalid credentials');
export const accessDenied = (): RpcError => exception(status.PERMISSION_DENIED, 'Access Denied', 'access-denied');
export const invalidArgument = (details: string): RpcError => new RpcError(status.INVALID_ARGUMENT, details);
export const notLeader = (host: string, port: number): RpcError => exception(status.NOT_FOUND, 'Leader info available', 'not-leader', { 'leader-endpoint-host': host, 'leader-endpoint-port': String(port) });
export const streamDeleted = (stream: string): RpcError => exception(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, 'stream-deleted', { 'stream-name': stream });
export const appendTooLarge = (limit: number): RpcError => exception(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, 'maximum-append-size-exceeded', { 'maximum-append-size': String(limit) });
export const requiredMetadataMissing = (property: string): RpcError =>
  exception(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, 'missing-required-metadata-property', { 'required-metadata-properties': 'type,content-type' });
export const wrongVersion = (stream: string, expected: number, actual: number): RpcError =>
  exception(status.FAILED_PRECONDITION, `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`, 'wrong-expected-version', {
    'stream-name': stream,
    'expected-version': String(expected),
    'actual-version': String(actual),
  });
