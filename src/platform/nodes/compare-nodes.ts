import { addMs, type Instant } from '../../kernel/index.ts';
import type { SettingPrints } from './fingerprint.ts';

/** A node that has said nothing for so long is compared no more. */
export const NODE_STALE_MS = 60_000;

export type NodeRecord = {
  readonly nodeId: string; readonly host: string; readonly pid: number; readonly roles: readonly string[]; readonly version: string; readonly schemaVersion: string;
  readonly settings: SettingPrints; readonly fingerprint: string; readonly startedAt: Instant; readonly heartbeatAt: Instant; readonly stoppedAt: Instant | null;
};
export type NodeState = 'alive' | 'stale' | 'stopped';
/** One thing in which living nodes differ, with who has what: the largest group first. */
export type Difference = { readonly what: string; readonly groups: readonly { readonly value: string; readonly from: string | null; readonly nodes: readonly string[] }[] };

export function stateOf(node: Pick<NodeRecord, 'heartbeatAt' | 'stoppedAt'>, now: Instant): NodeState {
  if (node.stoppedAt !== null) return 'stopped';
  return now > addMs(node.heartbeatAt, NODE_STALE_MS) ? 'stale' : 'alive';
}

export const nodeName = ({ host, pid }: Pick<NodeRecord, 'host' | 'pid'>): string => `${host}:${pid}`;

/** Pure: in what the living nodes differ. Stale and stopped ones are left out: what they ran with no longer counts. */
export function compareNodes(nodes: readonly NodeRecord[], now: Instant): Difference[] {
  const alive = nodes.filter((node) => stateOf(node, now) === 'alive');
  const settings = [...new Set(alive.flatMap((node) => Object.keys(node.settings)))].sort();
  return [
    differenceIn('version', alive, (node) => ({ value: node.version, from: null })),
    differenceIn('schema version', alive, (node) => ({ value: node.schemaVersion, from: null })),
    // A release that knows more settings than another differs in its version already.
    ...settings.filter((name) => alive.every((node) => node.settings[name] !== undefined)).map((name) => differenceIn(name, alive, (node) => ({ value: node.settings[name]!.hash, from: node.settings[name]!.from }))),
  ].filter((difference) => difference !== null);
}

function differenceIn(what: string, nodes: readonly NodeRecord[], of: (node: NodeRecord) => { value: string; from: string | null }): Difference | null {
  const groups = new Map<string, { value: string; from: Set<string>; nodes: string[] }>();
  for (const node of nodes) {
    const { value, from } = of(node);
    const group = groups.get(value) ?? { value, from: new Set(), nodes: [] };
    if (from !== null) group.from.add(from);
    group.nodes.push(nodeName(node));
    groups.set(value, group);
  }
  if (groups.size < 2) return null;
  return { what, groups: [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length).map(({ value, from, nodes: names }) => ({ value, from: from.size === 0 ? null : [...from].join(' or '), nodes: names.sort() })) };
}

/** A difference as one line for a person: "log.level: in /etc/kirchhoff.json on a:1, b:1; by default on c:1". */
export const describeDifference = ({ what, groups }: Difference): string =>
  `${what}: ${groups.map(({ value, from, nodes }) => `${from === null ? value : `${value.slice(0, 8)} (set ${from})`} on ${nodes.join(', ')}`).join('; ')}`;
