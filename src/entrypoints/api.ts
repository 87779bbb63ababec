import { authenticator, registerAccessRoutes } from '../modules/access/index.ts';
import { registerChargePointRoutes, registerStationRoutes, timeZoneOf } from '../modules/locations/index.ts';
import { loadOperator } from '../modules/parties/index.ts';
import { registerTariffRoutes } from '../modules/tariffs/index.ts';
import { createApi, type Api, type ApiOptions } from '../platform/http/index.ts';

/** The HTTP API with every module's routes. One line a module. */
export async function composeApi(options: Omit<ApiOptions, 'authenticate'>): Promise<Api> {
  const api = await createApi({ ...options, authenticate: authenticator(options.database, options) });
  registerAccessRoutes(api);
  registerStationRoutes(api);
  registerChargePointRoutes(api);
  registerTariffRoutes(api, { currencyOf: async (tx) => (await loadOperator(tx)).currency, timeZoneOf });
  return api;
}
