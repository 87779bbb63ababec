import { Type, type Static } from 'typebox';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem } from '../../../platform/errors/index.ts';
import { Body, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NullOr, orNull, type Api } from '../../../platform/http/index.ts';
import { registerCredential, revokeCredential } from '../commands/add-credential.ts';
import { CREDENTIAL_KINDS, TOKEN_LENGTH_MAX, type Credential } from '../domain/member.ts';
import { listCredentials } from '../queries/members.ts';
import { visibleMember } from './visible-member.ts';

export const CredentialJson = Type.Object({
  credentialId: IdJson('tag'), kind: Type.Enum([...CREDENTIAL_KINDS], { type: 'string' }), token: NullOr(Type.String()), createdAt: InstantJson, revokedAt: NullOr(InstantJson),
}, { title: 'Credential' });

export function registerCredentialRoutes(api: Api): void {
  api.route({
    method: 'POST', path: '/members/:memberId/credentials', operationId: 'addCredential', tag: 'members', summary: 'Give a member a card, app token, VIN or station password',
    permission: 'members:write', audience: 'operator', subOperatorScoped: true, params: Type.Object({ memberId: Type.String() }),
    body: Body({ kind: Type.Enum([...CREDENTIAL_KINDS], { type: 'string' }), token: Type.String({ minLength: 1, maxLength: TOKEN_LENGTH_MAX }) }),
    response: CredentialJson, status: 201, errors: ['member_not_found', 'token_invalid', 'token_taken'],
    handler: async (tx, call) => {
      const { memberId } = await visibleMember(tx, call);
      const credentialId = orProblem(await registerCredential(tx, { memberId, ...call.body }));
      await recordAct(tx, {
        actor: call.actor, from: call.from, act: 'parties.add_credential', subject: { kind: 'member', id: memberId }, after: { credentialId, kind: call.body.kind },
      }, call);
      return credentialToJson((await listCredentials(tx, memberId)).find((credential) => credential.credentialId === credentialId)!);
    },
  });
  api.route({
    method: 'POST', path: '/members/:memberId/credentials/:credentialId/revoke', operationId: 'revokeCredential', tag: 'members', summary: 'End a credential: a lost card, a sold car',
    permission: 'members:write', audience: 'operator', subOperatorScoped: true, idempotency: 'natural', params: Type.Object({ memberId: Type.String(), credentialId: Type.String() }),
    body: Body({ reason: Type.String({ minLength: 3, maxLength: 2000 }) }), response: CredentialJson, errors: ['member_not_found', 'credential_not_found'],
    handler: async (tx, call) => {
      const { memberId } = await visibleMember(tx, call);
      const credentialId = idFromJson('tag', call.params.credentialId, 'credential_not_found');
      const { kind } = orProblem(await revokeCredential(tx, { memberId, credentialId }, call));
      await recordAct(tx, {
        actor: call.actor, from: call.from, act: 'parties.revoke_credential', subject: { kind: 'member', id: memberId }, after: { credentialId, kind }, reason: call.body.reason,
      }, call);
      return credentialToJson((await listCredentials(tx, memberId)).find((credential) => credential.credentialId === credentialId)!);
    },
  });
}

export const credentialToJson = (credential: Credential): Static<typeof CredentialJson> => ({
  credentialId: idToJson('tag', credential.credentialId), kind: credential.kind, token: credential.token,
  createdAt: instantToJson(credential.createdAt), revokedAt: orNull(credential.revokedAt, instantToJson),
});
