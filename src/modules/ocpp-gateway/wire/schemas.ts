import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { VIOLATION_LENGTH_MAX } from '../limits.ts';
import type { JsonObject } from './lenient-json.ts';
import type { OcppVersion } from './message.ts';

type OcppSchema = { readonly $id: string };
/** The Open Charge Alliance's own schemas, unchanged but for their ids, from an npm package. */
const SOURCES: Record<OcppVersion, string> = { 'ocpp1.6': 'ocpp-rpc/lib/schemas/ocpp1_6.json', 'ocpp2.0.1': 'ocpp-rpc/lib/schemas/ocpp2_0_1.json' };
type Dialect = { readonly ajv: Ajv; readonly schemas: ReadonlyMap<string, OcppSchema>; readonly requests: ReadonlyMap<string, string>; readonly compiled: Map<string, ValidateFunction> };

const load = createRequire(import.meta.url);
const dialects = new Map<OcppVersion, Dialect>();

function dialect(version: OcppVersion): Dialect {
  let known = dialects.get(version);
  if (known) return known;
  const schemas = new Map((load(SOURCES[version]) as readonly OcppSchema[]).map((schema) => [schema.$id, schema]));
  const requests = new Map<string, string>();
  for (const id of schemas.keys()) {
    const action = /^urn:(.+)\.req$/.exec(id)?.[1];
    if (action !== undefined) requests.set(action.toLowerCase(), action);
  }
  const ajv = new Ajv({ strict: false, allErrors: false, validateSchema: false, multipleOfPrecision: 3 });
  addFormats.default(ajv);
  known = { ajv, schemas, requests, compiled: new Map() };
  dialects.set(version, known);
  return known;
}

/** The standard's spelling of an action, also for one in the wrong case; null when the standard has no such action. */
export const standardAction = (version: OcppVersion, action: string): string | null => dialect(version).requests.get(action.toLowerCase()) ?? null;

/** OCPP-J 1.6 §4.2.3 and 2.0.1 Part 4 §4.3: codes of CALLERROR, which the schemas do not list. */
const ERROR_CODES = [
  'NotImplemented', 'NotSupported', 'InternalError', 'ProtocolError', 'SecurityError', 'FormationViolation', 'FormatViolation', 'PropertyConstraintViolation', 'OccurenceConstraintViolation', 'OccurrenceConstraintViolation',
  'TypeConstraintViolation', 'GenericError', 'MessageTypeNotSupported', 'RpcFrameworkError',
];
let vocabulary: ReadonlySet<string> | undefined;

/** Whether either version of the standard has this word, in any case: as a field, as one of the values of a field, as an action or as a code of an error. */
export function isStandardWord(word: string): boolean {
  vocabulary ??= new Set([...(['ocpp1.6', 'ocpp2.0.1'] as const).flatMap((version) => [...dialect(version).requests.keys(), ...[...dialect(version).schemas.values()].flatMap(wordsOf)]), ...ERROR_CODES].map((each) => each.toLowerCase()));
  return vocabulary.has(word.toLowerCase());
}

/** The fields and values that a JSON Schema names, at any depth. */
function wordsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, enum: values } = schema as { readonly properties?: object; readonly enum?: unknown };
  const own = [...Object.keys(properties ?? {}), ...(Array.isArray(values) ? values.filter((each): each is string => typeof each === 'string') : [])];
  return [...own, ...Object.values(schema).flatMap(wordsOf)];
}

/**
 * What the official schema says is wrong with a payload; null when nothing is. Compiled at first use of each action (some
 * milliseconds), some microseconds afterwards. A complaint is kept with the frame and never refuses it.
 */
export function schemaViolation(version: OcppVersion, action: string, part: 'req' | 'conf', payload: JsonObject): string | null {
  const { ajv, schemas, compiled } = dialect(version);
  const id = `urn:${action}.${part}`;
  let validate = compiled.get(id);
  if (!validate) {
    const schema = schemas.get(id);
    if (!schema) return `no schema ${id}`;
    // Without its id: "urn:Authorize.req" is no URN to a strict resolver, and every reference in the schemas is local.
    const { $id: _, ...body } = schema;
    validate = ajv.compile(body);
    compiled.set(id, validate);
  }
  if (validate(payload)) return null;
  const [first] = validate.errors ?? [];
  const subject = typeof first?.params.additionalProperty === 'string' ? ` (${first.params.additionalProperty})` : '';
  return `${first?.instancePath || '/'} ${first?.message ?? 'does not match'}${subject}`.slice(0, VIOLATION_LENGTH_MAX);
}
