import { errors } from '@parlour/core/errors';
import type { JsonSchema, OpenApi, Operation } from './openapi.ts';

/** The reference of the API as one page without a script, made from the OpenAPI document. */
export function makeDocsPage({ info, paths }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const contents = operations.map(
    ({ path, method, operation }) =>
      `<li><a href="#${operation.operationId}"><b>${method}</b> <code>${escaped(path)}</code></a> ${escaped(operation.summary)}</li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parlour API</title><link rel="stylesheet" href="/docs/style.css"></head><body><main>
<h1>Parlour API ${escaped(String(info.version))}</h1>
<p>${escaped(String(info.description))} The same as a document for programs: <a href="/v1/openapi.json">OpenAPI 3.1</a>.</p>
<h2 id="begin">Begin</h2>
<pre>${escaped(example)}</pre>
<h2>Routes</h2><ul class="contents">${contents.join('\n')}</ul>
${operations.map(({ path, method, operation }) => presentOperation(method, path, operation)).join('\n')}
<h2 id="errors">Errors</h2>
<p>Every refusal is <code>application/problem+json</code> (RFC 9457) with a stable <code>code</code>. Where <code>retryable</code> is true, the same request may succeed later, unchanged; <code>Retry-After</code> says when.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Retryable</th><th>Meaning</th></tr></thead><tbody>
${Object.entries(errors)
  .map(
    ([code, { httpStatus, retryable, sentence }]) =>
      `<tr id="error-${code}"><td><code>${code}</code></td><td>${httpStatus}</td><td>${retryable ? 'yes' : 'no'}</td><td>${escaped(sentence)}</td></tr>`,
  )
  .join('\n')}
</tbody></table></main></body></html>
`;
}

export const docsStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; } main { max-width: 56rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.8rem; } h2 { margin-top: 2.5rem; } h3 { margin-top: 2rem; font-size: 1.05rem; overflow-wrap: anywhere; }
code, pre { font: 0.875rem/1.45 ui-monospace, monospace; }
pre { padding: 0.75rem; overflow-x: auto; border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 0.4rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem 0.3rem 0; }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
tr:target, h3:target { background: color-mix(in srgb, Highlight 25%, transparent); }
.contents { list-style: none; padding: 0; } summary { cursor: pointer; }
`;

const example = `# register (or POST /v1/logins with "name" and "password"), then find someone, open a conversation, and send
curl -s localhost:7420/v1/accounts -H 'content-type: application/json' \\
  -d '{"email":"me@example.org","handle":"me","password":"…","client":"program"}'
curl -s 'localhost:7420/v1/people?handle=anna' -H "authorization: Bearer $TOKEN"
curl -s localhost:7420/v1/conversations -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"person":"…"}'
curl -s localhost:7420/v1/conversations/$ID/entries -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -d '{"device":"01arz3ndektsv4rrffq69g5fav","n":1,"text":"hello"}'`;

function presentOperation(
  method: string,
  path: string,
  { operationId, summary, security, parameters, requestBody, responses }: Operation,
): string {
  const body = requestBody?.content['application/json']?.schema;
  return `<section><h3 id="${operationId}">${method} <code>${escaped(path)}</code></h3>
<p>${escaped(summary)}. ${security.length > 0 ? 'Needs an access token.' : 'For anyone.'}</p>
${parameters.length === 0 ? '' : `<table><thead><tr><th>Parameter</th><th>In</th><th>Value</th></tr></thead><tbody>${parameters.map(presentParameter).join('')}</tbody></table>`}
${body === undefined ? '' : `<details><summary>Body</summary>${presentSchema(body)}</details>`}
${Object.entries(responses).map(presentResponse).join('\n')}</section>`;
}

function presentParameter(parameter: Operation['parameters'][number]): string {
  const { name, required, schema } = parameter;
  return `<tr><td><code>${escaped(name)}</code>${required ? '' : ' (optional)'}</td><td>${parameter.in}</td><td><code>${escaped(JSON.stringify(schema))}</code></td></tr>`;
}

function presentResponse([status, { description, content }]: [string, Operation['responses'][string]]): string {
  const schema = content?.['application/json']?.schema;
  const text = escaped(description)
    .replaceAll(/`(\w+)`/g, '<a href="#error-$1"><code>$1</code></a>')
    .replaceAll('\n\n', '<br>');
  return `<details><summary><b>${status}</b></summary><p>${text}</p>${schema === undefined ? '' : presentSchema(schema)}</details>`;
}

function presentSchema(schema: JsonSchema): string {
  return `<pre>${escaped(JSON.stringify(schema, null, 2))}</pre>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
