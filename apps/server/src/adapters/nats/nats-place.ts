/** Where the servers are, without what only they may know. */
export function natsPlace(url: string): string {
  return serversOf(url)
    .map(({ host }) => host)
    .join(', ');
}

/** One address, or several with commas between. */
export function serversOf(url: string): URL[] {
  return url.split(',').map((each) => new URL(each.trim()));
}
