/**
 * A provider that answers exactly what a test tells it to: one http server on a port of the kernel's, an answer for
 * each path, and a list of what it was asked. It checks nothing; the strict simulators and `oidc-provider` do that.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from './failures.ts';

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Anything but a string or a buffer is sent as JSON. */
  body?: unknown;
  /** Never answers. */
  hangs?: boolean;
}

export interface AskedFor {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  form: URLSearchParams;
}

export interface AnsweringServer {
  url: string;
  /** By path; a function is called for each request. Other paths are 404. */
  answers: Record<string, Answer | ((request: AskedFor) => Answer | Promise<Answer>)>;
  requests: AskedFor[];
}

/** Starts it on 127.0.0.1; it stops when the test ends. */
export async function startAnswering(answers: AnsweringServer['answers'] = {}): Promise<AnsweringServer> {
  const requests: AskedFor[] = [];
  const self: AnsweringServer = { url: '', answers, requests };
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', self.url);
    let sent = '';
    for await (const chunk of incoming) sent += chunk;
    const request: AskedFor = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: new Headers(incoming.headers as Record<string, string>),
      form: new URLSearchParams(sent),
    };
    requests.push(request);
    const answer = self.answers[url.pathname] ?? { status: 404, body: {} };
    const {
      status = 200,
      headers = {},
      body = {},
      hangs,
    } = typeof answer === 'function' ? await answer(request) : answer;
    if (hangs) return;
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
    outgoing.end(isRaw ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  after(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return self;
}
