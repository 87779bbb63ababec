/** One row per setting: the single list that the program, `config explain` and the reference page read. */
export type SettingKind =
  | { readonly kind: 'text'; readonly pattern?: RegExp }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly of: readonly string[] };

export type Setting = SettingKind & {
  readonly environment: string;
  readonly fallback: string | number | undefined;
  readonly secret?: true;
  /** What it does, what is allowed, in a sentence or two. */
  readonly about: string;
};

const text = <const T extends Omit<Setting, 'kind'> & { pattern?: RegExp }>(setting: T) => ({ kind: 'text', ...setting }) as const;
const integer = <const T extends Omit<Setting, 'kind'> & { min: number; max: number }>(setting: T) => ({ kind: 'integer', ...setting }) as const;
const choice = <const T extends Omit<Setting, 'kind'> & { of: readonly string[] }>(setting: T) => ({ kind: 'choice', ...setting }) as const;

const NO_DEFAULT = undefined;

export const SETTINGS = {
  'data.folder': text({ environment: 'KIRCHHOFF_DATA', fallback: './data', about: 'Folder of the master key, the embedded database and the program\'s own files.' }),
  'data.masterKey': text({ environment: 'KIRCHHOFF_MASTER_KEY', fallback: NO_DEFAULT, secret: true, about: 'Master key instead of the file master.key: "<version>:<32 bytes in base64>", several separated by commas.' }),
  'database.url': text({ environment: 'DATABASE_URL', fallback: NO_DEFAULT, secret: true, pattern: /^postgres(ql)?:\/\/[^/]+\/.+/, about: 'External PostgreSQL 16 or newer: postgres://user:password@host:port/database. Without it the embedded one is started. The user sets up roles and runs migrations; serving is done by roles without rights to bypass tenancy.' }),
  'database.connectionsMax': integer({ environment: 'KIRCHHOFF_DATABASE_CONNECTIONS_MAX', fallback: 24, min: 4, max: 500, about: 'Connections of the serving role in this process.' }),
  'database.embeddedPort': integer({ environment: 'KIRCHHOFF_EMBEDDED_PORT', fallback: 0, min: 0, max: 65_535, about: 'Port of the embedded PostgreSQL on the loopback address; 0 takes a free one.' }),
  'http.host': text({ environment: 'KIRCHHOFF_HOST', fallback: '127.0.0.1', about: 'Address the console and the API listen on. Put a TLS proxy in front before it is anything but the loopback address.' }),
  'http.port': integer({ environment: 'KIRCHHOFF_PORT', fallback: 8080, min: 0, max: 65_535, about: 'Port of the console and the API; 0 takes a free one.' }),
  'http.publicOrigin': text({ environment: 'KIRCHHOFF_PUBLIC_ORIGIN', fallback: NO_DEFAULT, pattern: /^https?:\/\/[^/]+$/, about: 'The console\'s address as browsers see it behind a TLS proxy, such as https://console.example.com: unsafe calls must come from there, and cookies travel over TLS only.' }),
  'http.trustedProxies': text({ environment: 'KIRCHHOFF_TRUSTED_PROXIES', fallback: NO_DEFAULT, pattern: /^[0-9a-fA-F.:/]+(,[0-9a-fA-F.:/]+)*$/, about: 'Addresses or CIDR ranges of the proxies in front, separated by commas: only their X-Forwarded-For says where a call came from.' }),
  'ocpp.host': text({ environment: 'KIRCHHOFF_OCPP_HOST', fallback: '127.0.0.1', about: 'Address that charge points connect to.' }),
  'ocpp.port': integer({ environment: 'KIRCHHOFF_OCPP_PORT', fallback: 8081, min: 0, max: 65_535, about: 'Port of the OCPP gateway (/ocpp/{chargePointId}); 0 takes a free one.' }),
  'payments.keysFolder': text({ environment: 'KIRCHHOFF_CHANNEL_KEYS', fallback: NO_DEFAULT, about: 'Folder of the keys of merchant accounts, with a folder for each operator named by its code; without it channel-keys in the data folder. Keys that are replaced there count within half a minute.' }),
  'payments.channelOrigins': text({ environment: 'KIRCHHOFF_CHANNEL_ORIGINS', fallback: NO_DEFAULT, pattern: /^https?:\/\/[^/,]+(,https?:\/\/[^/,]+)*$/, about: 'Origins, separated by commas, at which merchant accounts may call a payment channel beside the channels\' own: a simulator, a proxy.' }),
  'log.level': choice({ environment: 'KIRCHHOFF_LOG_LEVEL', fallback: 'info', of: ['debug', 'info', 'warn', 'error'], about: 'The least severity that is logged.' }),
  'log.format': choice({ environment: 'KIRCHHOFF_LOG_FORMAT', fallback: 'text', of: ['text', 'json'], about: 'One readable line, or one JSON object a line for a log collector.' }),
  'jobs.concurrency': integer({ environment: 'KIRCHHOFF_JOBS_CONCURRENCY', fallback: 4, min: 1, max: 64, about: 'Background jobs at work at once in this process.' }),
  'demo.mode': choice({ environment: 'KIRCHHOFF_DEMO', fallback: 'auto', of: ['auto', 'never'], about: 'auto: an empty database gets a demo operator with living charge points and simulated wallets; never: it stays empty.' }),
  'metrics.token': text({ environment: 'KIRCHHOFF_METRICS_TOKEN', fallback: NO_DEFAULT, secret: true, about: 'Bearer token with which another machine may read /metrics; without it only this machine may.' }),
  'telemetry.endpoint': text({ environment: 'OTEL_EXPORTER_OTLP_ENDPOINT', fallback: NO_DEFAULT, pattern: /^https?:\/\//, about: 'OpenTelemetry collector (OTLP over HTTP) for traces; none are made without it.' }),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

type ValueOf<S extends Setting> =
  S extends { kind: 'integer' } ? number
    : S extends { kind: 'choice'; of: readonly (infer C extends string)[] } ? C
      : S extends { fallback: string } ? string : string | undefined;

export type Config = { readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> };
