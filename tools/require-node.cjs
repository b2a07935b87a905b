// Runs before everything else with whatever Node is there, so it is written in the oldest syntax.
if (parseInt(process.version.slice(1), 10) < 26) {
  console.error(
    'parlour needs Node 26 or newer, and this is %s: run `npm ci`, which brings it (Linux and macOS on x64 and arm64, Windows on x64), or install it from https://nodejs.org (%s-%s).',
    process.version,
    process.platform,
    process.arch,
  );
  process.exit(1);
}
