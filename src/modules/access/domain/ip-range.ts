/** Addresses and CIDR ranges of both families, as whole numbers: no library, no surprise about octal or IPv4 in IPv6. */
type Address = { readonly family: 4 | 6; readonly value: bigint };
export type IpRange = Address & { readonly prefixLength: number };

/** @returns null when the text is no address or range, or has bits set behind its prefix (203.0.113.7/24 is likely a mistake). */
export function parseIpRange(text: string): IpRange | null {
  const [addressText = '', prefixText, ...rest] = text.trim().split('/');
  const address = parseIp(addressText);
  if (!address || rest.length > 0 || (prefixText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefixText))) return null;
  const bits = address.family === 4 ? 32 : 128;
  const prefixLength = prefixText === undefined ? bits : Number(prefixText);
  if (prefixLength > bits) return null;
  const hostBits = BigInt(bits - prefixLength);
  return (address.value >> hostBits) << hostBits === address.value ? { ...address, prefixLength } : null;
}

/** Whether an address is in one of the ranges. What cannot be read is in none. */
export function isInRanges(ip: string, ranges: readonly string[]): boolean {
  const address = parseIp(ip);
  if (!address) return false;
  return ranges.some((text) => {
    const range = parseIpRange(text);
    if (!range || range.family !== address.family) return false;
    const hostBits = BigInt((range.family === 4 ? 32 : 128) - range.prefixLength);
    return address.value >> hostBits === range.value >> hostBits;
  });
}

/** IPv4 that arrives on an IPv6 socket (::ffff:203.0.113.7) is the IPv4 address. */
function parseIp(text: string): Address | null {
  const four = parseIpv4(text);
  if (four !== null) return { family: 4, value: four };
  const six = parseIpv6(text);
  if (six === null) return null;
  return six >> 32n === 0xffffn ? { family: 4, value: six & 0xffff_ffffn } : { family: 6, value: six };
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | null {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const four = parseIpv4(dotted[2]!);
    if (four === null) return null;
    return parseIpv6(`${dotted[1]}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`);
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = groups.flat();
  if (!given.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  const missing = 8 - given.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...groups[0]!, ...Array.from({ length: missing }, () => '0'), ...(groups[1] ?? [])];
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
