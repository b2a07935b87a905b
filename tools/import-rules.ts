import type { IFlattenedRuleSet, IRegularForbiddenRuleType } from 'dependency-cruiser';

type Allowed = NonNullable<IFlattenedRuleSet['allowed']>[number];
type Target = Allowed['to'];

const room = (...folders: string[]): Target => ({ path: folders.map((folder) => `^${folder}/`) });
const builtins: Target = { dependencyTypes: ['core'] };
const npm: Target = { path: ['(^|/)node_modules/'] };
const core = room('packages/core/src');
const coreOfTheWire: Target = { path: ['^packages/core/src/(ids|limits|errors)\\.ts$'] };
const protocol = room('packages/protocol/src');
const sdk = room('packages/sdk/src');
const sdkReact = room('packages/sdk-react/src');
const server = 'apps/server/src';
const ports = room(`${server}/ports`);
const owner = room(`${server}/owner`);
const usecases = room(`${server}/usecases`);
const present = room(`${server}/present`);
const wholeServer: Target = { path: [`^${server}/`], pathNot: [`^${server}/main\\.ts$`] };
/** For the version of the program. */
const manifest: Target = { path: ['^package\\.json$'] };
const allButWeb: Target = { pathNot: ['^apps/web/', `^${server}/main\\.ts$`] };

/** Tests and the suites that adapters share may use test tools, Node, and the reference adapters. */
const tests = '\\.(test|contract)\\.tsx?$';

/** Who may import whom. What no line allows is forbidden. `from` is a pattern on the path of the importing file. */
const rooms: ReadonlyArray<{ from: string; to: readonly Target[] }> = [
  { from: '^packages/core/src/', to: [core] },
  { from: '^packages/protocol/src/', to: [protocol, coreOfTheWire, npm] },
  { from: '^packages/sdk/src/', to: [sdk, protocol, core, npm] },
  { from: '^packages/sdk/src.*/node-[^/]+$', to: [builtins] },
  { from: '^packages/sdk/examples/', to: [sdk, npm, builtins] },
  { from: '^packages/sdk-react/src/', to: [sdkReact, sdk, npm] },
  { from: '^apps/web/', to: [room('apps/web'), sdkReact, { ...sdk, dependencyTypes: ['type-only'] }, npm] },

  { from: `^${server}/ports/`, to: [ports, core] },
  { from: `^${server}/usecases/`, to: [usecases, owner, ports, core] },
  { from: `^${server}/owner/`, to: [owner, ports, core] },
  { from: `^${server}/present/`, to: [present, usecases, ports, protocol, core] },
  { from: `^${server}/adapters/([^/]+)/`, to: [room(`${server}/adapters/$1`), ports, core, npm, builtins] },
  { from: `^${server}/adapters/(sqlite|postgres)/`, to: [room(`${server}/adapters/sql`)] },
  {
    from: `^${server}/(gateway|http|graphql|workers)/`,
    to: [room(`${server}/$1`), present, usecases, owner, ports, protocol, core, npm, builtins],
  },
  {
    from: `^${server}/[^/]+\\.ts$`,
    to: [{ path: [`^${server}/[^/]+\\.ts$`], pathNot: [`^${server}/main\\.ts$`] }, ports, core, npm, builtins],
  },
  { from: `^${server}/(compose[^/]*|[^/]*-samples|main)\\.ts$`, to: [wholeServer, protocol, manifest] },
  // Those of the demonstration talk as anyone does: by the client.
  { from: `^${server}/cli/demo-talk`, to: [sdk] },
  { from: `^${server}/cli/`, to: [wholeServer, protocol, core, npm, builtins] },

  { from: '^(packages/[^/]+|apps/[^/]+)/.*\\.config\\.ts$', to: [npm, builtins] },
  { from: '^conformance/', to: [room('conformance'), protocol, coreOfTheWire, npm, builtins] },
  { from: '^(simulation|testkit|bench|tests|tools|[^/]+\\.ts$)', to: [allButWeb] },

  { from: `^(packages/[^/]+|apps/web)/.*${tests}`, to: [npm, builtins] },
  { from: `^packages/protocol/src/.*${tests}`, to: [core] },
  { from: `^${server}/.*${tests}`, to: [wholeServer, protocol, core, npm, builtins] },
];

const forbidden: IRegularForbiddenRuleType[] = [
  { name: 'found', severity: 'error', comment: 'the import leads nowhere', from: {}, to: { couldNotResolve: true } },
  {
    name: 'no cycles',
    severity: 'error',
    comment: 'modules that need each other are one module',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no test code in the product',
    severity: 'error',
    comment: 'what runs for people must not need a test',
    from: { path: '^(packages|apps)/', pathNot: tests },
    to: { path: tests },
  },
];

export const importRules: IFlattenedRuleSet = {
  forbidden,
  allowed: rooms.flatMap(({ from, to }) => to.map((target): Allowed => ({ from: { path: from }, to: target }))),
  allowedSeverity: 'error',
};
