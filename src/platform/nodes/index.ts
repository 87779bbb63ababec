export { compareNodes, describeDifference, NODE_STALE_MS, nodeName, stateOf, type Difference, type NodeRecord, type NodeState } from './compare-nodes.ts';
export { fingerprintOf, NODE_OWN_SETTINGS, printSettings, type SettingPrint, type SettingPrints } from './fingerprint.ts';
export { forgetOld, insertNode, insertSlowRequests, listNodes, listSlowRequests, markStopped, NODES_KEPT_MS, SLOW_KEPT_MS, SLOW_ROWS_MAX, type NewNode, type SlowRequestRow } from './node-store.ts';
export { HEARTBEAT_MS, mostOf, reportNode, type NodeReport } from './report-node.ts';
