import { sign, type KeyObject } from 'node:crypto';

/** A self-signed X.509 certificate for a 2048-bit RSA key: WeChat Pay hands its platform keys out in this form (GET /v3/certificates). */
export function selfSignedCertificate(options: { readonly commonName: string; readonly serialHex: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject; readonly from: number; readonly to: number }): string {
  const algorithm = der(0x30, oid('1.2.840.113549.1.1.11'), der(0x05));
  const name = der(0x30, der(0x31, der(0x30, oid('2.5.4.10'), der(0x0c, Buffer.from('Simulated Tenpay')))), der(0x31, der(0x30, oid('2.5.4.3'), der(0x0c, Buffer.from(options.commonName)))));
  const body = der(0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, positive(Buffer.from(options.serialHex, 'hex'))),
    algorithm, name, der(0x30, utcTime(options.from), utcTime(options.to)), name,
    options.publicKey.export({ type: 'spki', format: 'der' }));
  const signature = sign('RSA-SHA256', body, options.privateKey);
  const whole = der(0x30, body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** A DER integer whose first bit is set would be negative. */
const positive = (bytes: Buffer): Buffer => (bytes[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);

function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const bytes = [first! * 40 + second!];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const utcTime = (at: number): Buffer => der(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
