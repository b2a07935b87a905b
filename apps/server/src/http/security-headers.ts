/**
 * What every answer says. Pages run only scripts of this server, make no HTML out of text, and are shown in nobody's frame.
 * The one Trusted Types policy that pages may make is `parlour`: a service worker's address must pass through one.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types parlour',
].join('; ');

/** A service worker is held to the policy it came with: it fetches from this server, and does nothing else. */
export const serviceWorkerPolicy = "default-src 'none'; connect-src 'self'";

/** What is no page at all may do nothing, should a browser ever show it as one. */
export const nothingAllowedPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

export const strictTransportSecurity = 'max-age=31536000';
