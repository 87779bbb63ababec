export const PASTED_LENGTH_MAX = 20_000;
export const PASTED_ITEMS_MAX = 500;

/**
 * The numbers in a text that somebody pasted: twenty in one line, one a line, with commas of either script, in quotes, after "订单号:". Each once, in
 * the order in which they stand. Pure.
 */
export function splitPasted(text: string): string[] {
  const parts = text.normalize('NFKC').split(/[\s,;、。|"'“”‘’()\[\]{}<>《》【】]+/u).map((part) => part.replace(/^.*[:=#](?=[^:=#]+$)/u, (head) => (/^v\d+:/i.test(head) ? head : '')).replace(/[.!?]+$/u, ''));
  return [...new Set(parts.filter((part) => part.length >= 3 && /\d/.test(part)))].slice(0, PASTED_ITEMS_MAX);
}

/** Numbers of other cases that a text speaks of: "same as case 28", "与28号工单相同", "#28". */
export function mentionedCases(text: string): number[] {
  const found = [...text.normalize('NFKC').matchAll(/(?:case|工单|案例|#)\s*(?:no\.?\s*|编号\s*)?(\d{1,7})(?!\d)|(\d{1,7})\s*号\s*(?:工单|案例)/giu)].map((match) => Number(match[1] ?? match[2]));
  return [...new Set(found)];
}
