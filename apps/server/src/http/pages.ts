import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { refuse } from '@parlour/core/errors';
import { makeAsyncApi } from '@parlour/protocol/asyncapi';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { docsStyle, makeDocsPage } from './docs-page.ts';
import { makeOpenApi } from './openapi.ts';
import { sendProblem } from './problem-reply.ts';
import { contentSecurityPolicy, nothingAllowedPolicy, serviceWorkerPolicy } from './security-headers.ts';

/** The folder where the build puts what it has named by its content, so that it may be kept for ever. */
const hashedAssets = /[\\/]assets[\\/][^\\/]+-[\w-]{8,}\.\w+$/;
const immutable = 'public, max-age=31536000, immutable';

export function serveDocs(app: FastifyInstance, { version }: { readonly version: string }): void {
  const openApi = makeOpenApi({ version });
  const documentText = JSON.stringify(openApi);
  const socketText = JSON.stringify(makeAsyncApi({ version }));
  const page = makeDocsPage(openApi);
  app.get('/v1/openapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(documentText));
  app.get('/v1/asyncapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(socketText));
  app.get('/docs', async (_request, reply) => sendPage(reply, page));
  app.get('/docs/style.css', async (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'no-cache').send(docsStyle),
  );
}

/** The web client. Its addresses belong to the page: every navigation that is nothing else here gets it. */
export async function serveWebClient(app: FastifyInstance, webRoot: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: webRoot,
    index: ['index.html'],
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header('cache-control', hashedAssets.test(path) ? immutable : 'no-cache');
      reply.header('content-security-policy', policyOf(path));
    },
  });
}

function policyOf(path: string): string {
  if (path.endsWith('.html')) return contentSecurityPolicy;
  return basename(path) === 'service-worker.js' ? serviceWorkerPolicy : nothingAllowedPolicy;
}

export function answerWhatIsNotThere(app: FastifyInstance, webRoot: string): void {
  app.setNotFoundHandler(async (request, reply) => {
    if (!isNavigation(request)) return sendProblem(reply, refuse('not_found'));
    if (existsSync(join(webRoot, 'index.html'))) return reply.sendFile('index.html');
    return sendPage(reply.code(404), pageWithoutClient);
  });
}

function isNavigation({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/v1/') && (headers.accept ?? '').includes('text/html');
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-cache')
    .header('content-security-policy', contentSecurityPolicy)
    .send(page);
}

const pageWithoutClient = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Parlour</title></head>
<body><p>The server runs, but the web client was not built: run <code>npm run build:web</code>. The API is described <a href="/docs">here</a>.</p></body></html>
`;
