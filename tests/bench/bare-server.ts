/**
 * The baseline for reading: `node:http` alone, which sends one prepared answer to whatever it is asked. Nothing that
 * serves the same bytes from Node by HTTP can do less.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveOrders } from './processes.ts';

export interface BareOrder {
  headers: Record<string, string>;
  body: Uint8Array;
}

serveOrders<BareOrder>(async ({ headers, body }) => {
  const server = createServer((_, response) => {
    response.writeHead(200, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
});
