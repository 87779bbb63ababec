import { authenticator, registerAccessRoutes } from '../modules/access/index.ts';
import { createApi, type Api, type ApiOptions } from '../platform/http/index.ts';

/** The HTTP API with every module's routes. One line a module. */
export async function composeApi(options: Omit<ApiOptions, 'authenticate'>): Promise<Api> {
  const api = await createApi({ ...options, authenticate: authenticator(options.database, options) });
  registerAccessRoutes(api);
  return api;
}
