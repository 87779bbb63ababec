import type { ChargePointId, Instant, OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Database, type Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { OcppVersion } from '../wire/message.ts';

export type ConnectionKey = { readonly operatorId: OperatorId; readonly chargePointId: ChargePointId };
export type NewConnection = ConnectionKey & { readonly protocol: OcppVersion; readonly remoteAddress: string | null; readonly at: Instant };
export type LiveConnection = ConnectionKey & { readonly generation: bigint; readonly lastFrameAt: Instant | null };
export type EndedConnection = ConnectionKey & { readonly generation: bigint; readonly reason: string; readonly at: Instant };

/** Tells the other nodes that a charge point has a newer connection: `<node id> <charge point id> <generation>`. */
export const CONNECTION_CHANNEL = 'ocpp_gateway_connection';

/**
 * Takes the next generation for each charge point: from now on its older connections, on any node, have nothing to say.
 * At most 256 connections; one charge point may come more than once, in order.
 */
export async function openConnections(database: Database, nodeId: string, connections: readonly NewConnection[]): Promise<bigint[]> {
  return database.transactionFor(operatorsOf(connections), async (tx) => {
    const generations: bigint[] = new Array<bigint>(connections.length);
    announce(tx, 'ocpp_gateway.connections');
    let rest = connections.map((connection, index) => ({ connection, index }));
    // One statement touches a row once, so repetitions of a charge point wait for the next round.
    while (rest.length > 0) {
      const seen = new Set<string>();
      const round = rest.filter(({ connection }) => !seen.has(connection.chargePointId) && seen.add(connection.chargePointId));
      const taken = await openRound(tx, nodeId, round.map(({ connection }) => connection));
      for (const { connection, index } of round) generations[index] = taken.get(connection.chargePointId)!;
      rest = rest.filter((item) => !round.includes(item));
    }
    return generations;
  });
}

async function openRound(tx: Tx, nodeId: string, connections: readonly NewConnection[]): Promise<Map<string, bigint>> {
  const rows = await tx.query<{ chargePointId: string; generation: bigint }>({
    name: 'ocpp_gateway_open_connections',
    text: `insert into ocpp_gateway.connection as c (operator_id, charge_point_id, generation, node_id, protocol, remote_address, connected_at, alive_at)
      select operator_id, charge_point_id, 1, $1::uuid, protocol, remote_address, at, at
      from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[]) as n (operator_id, charge_point_id, protocol, remote_address, at)
      order by operator_id, charge_point_id
      on conflict (operator_id, charge_point_id) do update set generation = c.generation + 1, node_id = excluded.node_id, protocol = excluded.protocol,
        remote_address = excluded.remote_address, connected_at = excluded.connected_at, alive_at = excluded.alive_at, disconnected_at = null, close_reason = null
      returning c.charge_point_id as "chargePointId", c.generation, pg_notify('${CONNECTION_CHANNEL}', $1::text || ' ' || c.charge_point_id || ' ' || c.generation) is null as told`,
  }, [nodeId, connections.map((each) => each.operatorId), connections.map((each) => each.chargePointId), connections.map((each) => each.protocol),
    connections.map((each) => each.remoteAddress), connections.map((each) => sqlTimestamp(each.at))]);
  return new Map(rows.map((row) => [row.chargePointId, row.generation]));
}

/** Notes the end of connections; one that a newer generation has replaced already changes nothing. */
export async function closeConnections(database: Database, all: readonly EndedConnection[]): Promise<void> {
  const newest = new Map<ChargePointId, EndedConnection>();
  for (const each of all) if (each.generation >= (newest.get(each.chargePointId)?.generation ?? 0n)) newest.set(each.chargePointId, each);
  const ended = [...newest.values()];
  await database.transactionFor(operatorsOf(ended), (tx) => {
    announce(tx, 'ocpp_gateway.connections');
    // The row is there since the connection was opened, so this only ever updates. Written as an upsert because that looks each row
    // up in the index, whatever the planner believes about the table; a join on a young table has been seen to compare all with all.
    return tx.execute({
      name: 'ocpp_gateway_close_connections',
      text: `insert into ocpp_gateway.connection as c (operator_id, charge_point_id, generation, node_id, protocol, connected_at, alive_at, disconnected_at, close_reason)
        select operator_id, charge_point_id, generation, operator_id, 'ocpp1.6', at, at, at, reason
        from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::timestamptz[]) as e (operator_id, charge_point_id, generation, reason, at)
        order by operator_id, charge_point_id
        on conflict (operator_id, charge_point_id) do update set disconnected_at = excluded.disconnected_at, close_reason = excluded.close_reason
          where c.generation = excluded.generation and c.disconnected_at is null`,
    }, [ended.map((each) => each.operatorId), ended.map((each) => each.chargePointId), ended.map((each) => String(each.generation)),
      ended.map((each) => each.reason), ended.map((each) => sqlTimestamp(each.at))]);
  });
}

/** Says that these connections live. @returns the charge points whose connection here is still the newest one. */
export async function touchConnections(tx: Tx, at: Instant, live: readonly LiveConnection[]): Promise<Set<ChargePointId>> {
  const rows = await tx.query<{ chargePointId: ChargePointId }>({
    // An upsert that only ever updates, as above.
    name: 'ocpp_gateway_touch_connections',
    text: `insert into ocpp_gateway.connection as c (operator_id, charge_point_id, generation, node_id, protocol, connected_at, alive_at, last_frame_at)
      select operator_id, charge_point_id, generation, operator_id, 'ocpp1.6', $1, $1, last_frame_at
      from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[]) as l (operator_id, charge_point_id, generation, last_frame_at)
      order by operator_id, charge_point_id
      on conflict (operator_id, charge_point_id) do update set alive_at = excluded.alive_at, last_frame_at = greatest(c.last_frame_at, excluded.last_frame_at)
        where c.generation = excluded.generation and c.disconnected_at is null
      returning c.charge_point_id as "chargePointId"`,
  }, [sqlTimestamp(at), live.map((each) => each.operatorId), live.map((each) => each.chargePointId), live.map((each) => String(each.generation)),
    live.map((each) => (each.lastFrameAt === null ? null : sqlTimestamp(each.lastFrameAt)))]);
  return new Set(rows.map((row) => row.chargePointId));
}

const operatorsOf = (items: readonly ConnectionKey[]): OperatorId[] => [...new Set(items.map((item) => item.operatorId))];
