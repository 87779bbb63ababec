import { instant, type OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Queryable } from '../../../platform/database/index.ts';
import type { NewFrame } from '../inbox/frame.ts';

const APPEND = {
  name: 'ocpp_gateway_append_frames',
  text: 'select ocpp_gateway.append_frames($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15) as firsts',
};

/**
 * Appends the frames in one statement, which is one commit. @returns the sequence of each frame, in the order given.
 * Frames of one operator get consecutive sequences in the order given.
 */
export async function appendFrames(inbox: Queryable, frames: readonly NewFrame[]): Promise<bigint[]> {
  const counts = new Map<OperatorId, number>();
  for (const frame of frames) counts.set(frame.operatorId, (counts.get(frame.operatorId) ?? 0) + 1);
  // Sorted, because the operators' sequences are locked in this order on every node.
  const operators = [...counts.keys()].sort();
  const indexOf = new Map(operators.map((operatorId, index) => [operatorId, index]));
  const used = operators.map(() => 0);
  const places = frames.map((frame) => {
    const operator = indexOf.get(frame.operatorId)!;
    return { operator, offset: used[operator]!++ };
  });
  const [row] = await inbox.query<{ firsts: bigint[] }>(APPEND, [
    operators, operators.map((operatorId) => counts.get(operatorId)), places.map((place) => place.operator + 1), places.map((place) => place.offset),
    ...columns(frames),
  ]);
  return places.map((place) => row!.firsts[place.operator]! + BigInt(place.offset));
}

function columns(frames: readonly NewFrame[]): unknown[][] {
  let lastAt = instant(-1), lastText = '';
  const timestamp = (frame: NewFrame): string => {
    if (frame.receivedAt !== lastAt) { lastAt = frame.receivedAt; lastText = sqlTimestamp(lastAt); }
    return lastText;
  };
  return [
    frames.map((frame) => frame.chargePointId), frames.map((frame) => String(frame.connectionGeneration)), frames.map((frame) => frame.direction),
    frames.map((frame) => frame.protocol), frames.map((frame) => frame.messageType), frames.map((frame) => frame.messageId), frames.map((frame) => frame.action),
    frames.map((frame) => frame.payload), frames.map((frame) => frame.reply), frames.map((frame) => frame.violation), frames.map(timestamp),
  ];
}
