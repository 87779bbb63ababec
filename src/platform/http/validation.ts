import { Ajv, type Options } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

const OPTIONS: Options = { allErrors: true, useDefaults: true, removeAdditional: false, strict: false, verbose: false };
const make = (options: Options): Ajv => {
  const ajv = new Ajv({ ...OPTIONS, ...options });
  addFormats.default(ajv, ['date-time', 'date', 'uuid', 'uri', 'email', 'ipv4', 'ipv6']);
  return ajv;
};
/** A JSON body says what it means: "1" is not 1. */
const strict = make({ coerceTypes: false });
/** Query, path and headers are text, so numbers, booleans and lists of one are read from it. */
const coercing = make({ coerceTypes: 'array' });

export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const validate = (httpPart === 'body' ? strict : coercing).compile(schema);
  return (data: unknown) => {
    if (validate(data)) return { value: data };
    return { error: (validate.errors ?? []) as never };
  };
};
