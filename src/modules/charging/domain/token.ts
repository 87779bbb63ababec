/**
 * A credential as sessions and bills show it: its last four characters. The credential itself is personal data and stays, sealed,
 * with `parties`; the raw frame keeps what the station sent.
 */
export const maskToken = (token: string | null): string | null => (token === null ? null : `…${token.slice(-4)}`);
/** The same of what a station stated: blank is none. */
export const maskOfStated = (token: string | null): string | null => maskToken(token?.trim() === '' ? null : token);

/**
 * What makes two OCPP 1.6 starts the same start: connector, credential, stated time and register. Stations send it again with a new
 * message id after a reconnect.
 */
export const startKey = (start: { evseNumber: number | null; idToken: string | null; eventAt: number | null; registerWh: bigint | null }): string =>
  [start.evseNumber ?? '', maskToken(start.idToken) ?? '', start.eventAt ?? '', start.registerWh ?? ''].join('|');
