import { type DestinationStream, type Logger, pino } from 'pino';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Wherever an object with one of these gets into a log, it does so without it. */
const secrets = [
  'accessToken',
  'refreshToken',
  'token',
  'password',
  'oldPassword',
  'newPassword',
  'passwordHash',
  'authorization',
  'cookie',
  'set-cookie',
];

/** JSON lines with the names of fields that the Elastic Common Schema uses. */
export function createLog({ level, destination }: { readonly level: LogLevel; readonly destination: DestinationStream }): Logger {
  return pino(
    {
      level,
      messageKey: 'message',
      errorKey: 'error',
      base: { 'service.name': 'parlour', 'process.pid': process.pid },
      timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ 'log.level': label }) },
      // Fastify would describe whole requests; a path may be asked with anything in its query, so that stays out.
      serializers: {
        req: (request: { method?: string; url?: string }) => ({ method: request.method, path: request.url?.split('?', 1)[0] }),
        res: (reply: { statusCode?: number }) => ({ status: reply.statusCode }),
        err: pino.stdSerializers.err,
        error: pino.stdSerializers.err,
      },
      redact: {
        paths: secrets.flatMap((secret) => [path(secret), `*${path(secret, true)}`, `*.*${path(secret, true)}`]),
        censor: '[secret]',
      },
    },
    destination,
  );
}

function path(name: string, isNested = false): string {
  if (name.includes('-')) return `["${name}"]`;
  return isNested ? `.${name}` : name;
}
