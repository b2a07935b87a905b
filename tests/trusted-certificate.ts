import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

export const certificatePath = join(import.meta.dirname, 'certificate/certificate.pem');
export const certificateKeyPath = join(import.meta.dirname, 'certificate/key.pem');

/** From here on this process trusts the certificate of the tests, as an operator's people trust theirs. */
export function trustCertificate(): Disposable {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, readFileSync(certificatePath, 'utf8')]);
  return { [Symbol.dispose]: () => setDefaultCACertificates(before) };
}
