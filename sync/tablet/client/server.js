// The wire: calls to the server, and what can come back that is no answer of the server's.

export const VERSION = '1.0.0';
const CLIENT = `pwa/${VERSION}`;
const TIMEOUT_MS = 60_000;
const GZIP_FROM = 4096;

/** No answer: no signal, a server that is away, or somebody else who answered in its place. */
export class NoAnswer extends Error {
  /** @param {'offline' | 'stranger' | 'busy' | 'too_large'} why */
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/** The server says no: a problem with its code. */
export class Refused extends Error {
  /** @param {number} status @param {any} problem @param {Headers} headers */
  constructor(status, problem, headers) {
    super(problem.code);
    this.status = status;
    this.code = /** @type {string} */ (problem.code);
    this.problem = problem;
    this.deviceAction = problem.device_action ?? headers.get('Device-Action');
    /** @type {string | undefined}  the tablet that was told so */
    this.device = undefined;
  }
}

/**
 * @typedef {{body?: unknown, bytes?: BufferSource, token?: string, headers?: Record<string, string>, language?: string}} Asked
 * @typedef {{status: number, json: any, headers: Headers}} Answer
 */

/**
 * One call. Raises NoAnswer or Refused.
 * @param {string} method @param {string} path below /api/v1/ or from the root
 * @param {Asked} [asked] @returns {Promise<Answer>}
 */
export async function call(method, path, asked = {}) {
  const url = path.startsWith('/') ? path : `/api/v1/${path}`;
  const { body, headers } = await outgoing(asked);
  let answer;
  try {
    answer = await fetch(url, {
      method, headers, body, cache: 'no-store', credentials: 'omit', redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new NoAnswer('offline');
  }
  return read(answer);
}

// By a clock that nobody sets.
let quietUntil = 0;

/** For how long the server wants to be left alone, in ms. */
export function backoff() {
  return Math.max(0, quietUntil - performance.now());
}

/** @param {Asked} asked */
async function outgoing({ body, bytes, token, headers = {}, language = 'id' }) {
  /** @type {Record<string, string>} */
  const all = { Accept: 'application/json', 'Accept-Language': language, 'Client-Version': CLIENT, ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  if (bytes) return { body: bytes, headers: all };
  if (body === undefined) return { body: undefined, headers: all };
  all['Content-Type'] = 'application/json';
  const text = JSON.stringify(body);
  if (text.length < GZIP_FROM) return { body: text, headers: all };
  all['Content-Encoding'] = 'gzip';
  const zipped = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return { body: await new Response(zipped).arrayBuffer(), headers: all };
}

// A captive portal answers 200 with a page of its own, and a gateway 502 with one.
/** @param {Response} answer @returns {Promise<Answer>} */
async function read(answer) {
  const { status, headers } = answer;
  const waitS = Number(headers.get('Retry-After') ?? headers.get('Backoff')) || 0;
  quietUntil = performance.now() + waitS * 1000;
  if (status < 300 && headers.has('Tus-Resumable')) {
    return { status, json: null, headers };
  }
  const kind = headers.get('Content-Type') ?? '';
  let json;
  try {
    if (!/^application\/(problem\+)?json\b/.test(kind)) throw new Error(kind);
    json = await answer.json();
  } catch {
    throw new NoAnswer(status >= 500 ? 'busy' : status === 413 ? 'too_large' : 'stranger');
  }
  if (json === null || typeof json !== 'object') throw new NoAnswer('stranger');
  if (status === 429 || status >= 500) throw new NoAnswer('busy');
  if (status >= 400) {
    if (typeof json.code !== 'string') throw new NoAnswer('stranger');
    throw new Refused(status, json, headers);
  }
  return { status, json, headers };
}
