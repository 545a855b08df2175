// The one way to the server: problem+json, CSRF, ETags, and whether the server can be reached.
// Knows no page and no route; `onSignedOut` tells whoever cares.
import { signal } from '@preact/signals';
import type { ProblemBody } from './types';

const PREFIX = '/api/v1';
const SKEW_NOTICED_MS = 5_000; // the Date header has whole seconds, so less than this is noise

/** Since when the server has not answered; null while it does. */
export const unreachableSince = signal<Date | null>(null);

/** How far the server's clock is ahead of this machine's, when that is worth minding. */
export const clockSkewMs = signal(0);

/** Requests left in this minute, as the server counts them. */
export const budgetLeft = signal(Infinity);

/** An answer that is not what was asked for, in the server's own words. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Record<string, string>;
  readonly requestId: string | null;
  readonly retryAfterS: number | null;

  constructor(body: ProblemBody, retryAfterS: number | null = null) {
    super(body.detail || body.title);
    this.status = body.status;
    this.code = body.code ?? '';
    this.fields = body.fields ?? {};
    this.requestId = body.request_id ?? null;
    this.retryAfterS = retryAfterS;
  }
}

/** No answer at all: the network, or nobody listening. */
export class Unreachable extends Error {
  constructor() {
    super('The server did not answer.');
  }
}

export interface Answer<T> {
  data: T;
  etag: string | null;
}

interface Asking {
  body?: unknown;
  file?: Blob;
  type?: string; // of the file
  etag?: string | null; // If-Match on writes, If-None-Match on reads
  signal?: AbortSignal;
  accept?: string;
  key?: string; // Idempotency-Key: asking again with it does nothing twice
}

let csrfToken: string | null = null;
let signedOut: () => void = () => {};
let proofNeeded: () => Promise<boolean> = () => Promise.resolve(false);

export function useCsrfToken(token: string | null): void {
  csrfToken = token;
}

export function onSignedOut(then: () => void): void {
  signedOut = then;
}

/** Asks who is here when a change needs it; whether it was proved. */
export function onProofNeeded(then: () => Promise<boolean>): void {
  proofNeeded = then;
}

/** GET; null when the server says that nothing has changed since `etag`. */
export async function read<T>(path: string, asking: Asking = {}): Promise<Answer<T> | null> {
  const response = await send('GET', path, asking);
  if (response.status === 304) return null;
  return { data: (await response.json()) as T, etag: response.headers.get('ETag') };
}

/** GET of something that must be there now, whatever was known before. */
export async function readNow<T>(path: string, asking: Asking = {}): Promise<T> {
  const answer = await read<T>(path, asking);
  if (!answer) throw new Unreachable();
  return answer.data;
}

export async function readText(path: string): Promise<string> {
  return (await send('GET', path, { accept: 'text/plain' })).text();
}

/** POST, PATCH or DELETE; undefined when the answer has no body. Refused for want of proof, it is asked again after it. */
export async function write<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, asking: Asking = {}): Promise<T> {
  const response = await send(method, path, asking).catch(async (error: unknown) => {
    if (!(error instanceof Problem && error.code === 'proof_needed' && (await proofNeeded()))) throw error;
    return send(method, path, asking);
  });
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** POST of a file; the lines of JSON that the server answers while it works on it. */
export async function* sendFile<T extends object>(path: string, file: Blob, type: string, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send('POST', path, { file, type, signal, accept: 'application/x-ndjson' });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const lines = (rest + piece.value).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield said<T>(line);
  }
}

function said<T extends object>(line: string): T {
  const found = JSON.parse(line) as T | { problem: ProblemBody };
  if ('problem' in found) throw new Problem(found.problem);
  return found;
}

async function send(method: string, path: string, asking: Asking): Promise<Response> {
  const response = await reach(path, {
    method,
    headers: headersFor(method, asking),
    body: asking.file ?? (asking.body === undefined ? null : JSON.stringify(asking.body)),
    credentials: 'same-origin',
    cache: 'no-store',
    signal: asking.signal ?? null,
  });
  noteHeaders(response.headers);
  if (response.ok || response.status === 304) return response;
  const problem = await problemOf(response);
  if (problem.status === 401) signedOut();
  throw problem;
}

async function reach(path: string, request: RequestInit): Promise<Response> {
  try {
    const response = await fetch(PREFIX + path, request);
    if (response.status === 502 || response.status === 504) throw new Unreachable(); // the proxy speaks, not we
    unreachableSince.value = null;
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    unreachableSince.value ??= new Date();
    throw new Unreachable();
  }
}

function headersFor(method: string, asking: Asking): Record<string, string> {
  const headers: Record<string, string> = { Accept: asking.accept ?? 'application/json' };
  if (asking.body !== undefined) headers['Content-Type'] = 'application/json';
  if (asking.type) headers['Content-Type'] = asking.type;
  if (asking.etag) headers[method === 'GET' ? 'If-None-Match' : 'If-Match'] = asking.etag;
  if (method !== 'GET' && csrfToken) headers['X-CSRF-Token'] = csrfToken;
  if (asking.key) headers['Idempotency-Key'] = asking.key;
  return headers;
}

/** A fresh key for one intention, to be sent with every try of it. */
export function idempotencyKey(): string {
  // crypto.randomUUID is missing on plain HTTP beyond loopback
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function noteHeaders(headers: Headers): void {
  const left = headers.get('RateLimit-Remaining');
  if (left !== null) budgetLeft.value = Number(left);
  const date = Date.parse(headers.get('Date') ?? '');
  if (Number.isNaN(date)) return;
  const skew = date - Date.now();
  clockSkewMs.value = Math.abs(skew) > SKEW_NOTICED_MS ? skew : 0;
}

async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get('Retry-After')) || null;
  const said = (await response.json().catch(() => null)) as ProblemBody | null;
  const fallback = { title: response.statusText || `The server answered ${response.status}.`, status: response.status };
  return new Problem({ ...fallback, ...said, status: response.status }, retryAfter);
}

/** A path with its query; parameters that are null, undefined or empty are left out. */
export function withQuery(path: string, query: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size ? `${path}?${search}` : path;
}
