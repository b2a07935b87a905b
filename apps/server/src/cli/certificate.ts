import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Config, ConfigProblem } from '../config.ts';

type Problem = ConfigProblem['problems'][number];

/** What keeps the server from serving HTTPS with the certificate and key it was told of; none where it was told of none. */
export function findCertificateProblems({ tlsCert, tlsKey }: Config): readonly Problem[] {
  if (tlsCert === undefined || tlsKey === undefined) return [];
  const cert = read('PARLOUR_TLS_CERT', tlsCert, 'a certificate chain (PEM)', (pem) => new X509Certificate(pem));
  const key = read('PARLOUR_TLS_KEY', tlsKey, 'a private key (PEM) without a passphrase', createPrivateKey);
  if ('problem' in cert || 'problem' in key) return [cert, key].flatMap((each) => ('problem' in each ? [each.problem] : []));
  if (!cert.parsed.checkPrivateKey(key.parsed)) {
    return [problemOf('PARLOUR_TLS_KEY', tlsKey, 'the private key of the certificate in PARLOUR_TLS_CERT')];
  }
  try {
    createSecureContext({ cert: cert.pem, key: key.pem });
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [problemOf('PARLOUR_TLS_CERT', tlsCert, `a certificate chain (PEM) that TLS can serve with (${reason})`)];
  }
}

type Read<Parsed> = { readonly pem: Buffer; readonly parsed: Parsed } | { readonly problem: Problem };

function read<Parsed>(variable: string, file: string, allowed: string, parse: (pem: Buffer) => Parsed): Read<Parsed> {
  let pem: Buffer;
  try {
    pem = readFileSync(file);
  } catch {
    return { problem: problemOf(variable, file, 'the path of a file that can be read') };
  }
  try {
    return { pem, parsed: parse(pem) };
  } catch {
    return { problem: problemOf(variable, file, `the path of a file with ${allowed}`) };
  }
}

const problemOf = (key: string, file: string, allowed: string): Problem => ({ key, value: JSON.stringify(file), allowed });
