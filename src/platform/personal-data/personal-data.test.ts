import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { OperatorId } from '../../kernel/index.ts';
import { newOperatorId, openTestDatabase, TEST_MASTER_KEY } from '../../../test/support/database.ts';
import { newUuid, systemClock } from '../clock/index.ts';
import { sqlState, type Tx } from '../database/index.ts';
import { installMasterKeys, masterKeysOf } from '../secrets/index.ts';
import { countKeysByVersion, erasePerson, openPersonal, openPersonalBatch, personalIndex, PersonErased, rewrapPersonKeys, sealPersonal, sealPersonalBatch } from './index.ts';

const test = await openTestDatabase();
const NEXT_MASTER_KEY = Buffer.alloc(32, 9);
const install = (...keys: [number, Uint8Array][]): void => installMasterKeys(masterKeysOf(new Map(keys)));
const as = <T>(operatorId: OperatorId, work: (tx: Tx) => Promise<T>): Promise<T> => test.database.forOperator(operatorId).transaction(work);

describe('personal data', () => {
  afterEach(() => install([1, TEST_MASTER_KEY]));

  it('opens again what was sealed, and is different bytes each time', async () => {
    const [operatorId, personId] = [newOperatorId(), newUuid()];
    const sealed = await as(operatorId, (tx) => sealPersonalBatch(tx, [{ personId, plaintext: '王小明' }, { personId, plaintext: '王小明' }]));
    assert.equal(sealed[0]!.equals(sealed[1]!), false);
    assert.equal(sealed[0]!.includes('王小明'), false);
    const opened = await as(operatorId, (tx) => openPersonalBatch(tx, sealed.map((item) => ({ personId, sealed: item }))));
    assert.deepEqual(opened, ['王小明', '王小明']);
  });

  it('refuses a value that was moved to another person or changed', async () => {
    const [operatorId, a, b] = [newOperatorId(), newUuid(), newUuid()];
    const [sealed] = await as(operatorId, (tx) => sealPersonalBatch(tx, [{ personId: a, plaintext: '13800138000' }, { personId: b, plaintext: 'x' }]));
    await assert.rejects(as(operatorId, (tx) => openPersonal(tx, { personId: b, sealed: sealed! })));
    const changed = Buffer.from(sealed!);
    changed[20]! ^= 1;
    await assert.rejects(as(operatorId, (tx) => openPersonal(tx, { personId: a, sealed: changed })));
  });

  it("does not open under another operator, who cannot see the person's key", async () => {
    const [mine, other, personId] = [newOperatorId(), newOperatorId(), newUuid()];
    const sealed = await as(mine, (tx) => sealPersonal(tx, { personId, plaintext: 'plate 沪A12345' }));
    assert.equal(await as(other, (tx) => openPersonal(tx, { personId, sealed })), null);
  });

  it('makes one key when two transactions meet a new person at once', async () => {
    const [operatorId, personId] = [newOperatorId(), newUuid()];
    const sealed = await Promise.all(Array.from({ length: 6 }, (_, i) => as(operatorId, (tx) => sealPersonal(tx, { personId, plaintext: `v${i}` }))));
    const opened = await as(operatorId, (tx) => openPersonalBatch(tx, sealed.map((item) => ({ personId, sealed: item }))));
    assert.deepEqual(opened, ['v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
  });

  it('answers null after erasure, refuses to seal, and keeps who erased it and why', async () => {
    const [operatorId, personId] = [newOperatorId(), newUuid()];
    const sealed = await as(operatorId, (tx) => sealPersonal(tx, { personId, plaintext: 'gone' }));
    const request = { personId, erasedBy: 'usr-clerk', reason: 'request of the member, letter 17', at: systemClock.now() };
    assert.deepEqual(await as(operatorId, (tx) => erasePerson(tx, request)), { ok: true, value: { erasedAt: request.at } });
    assert.equal(await as(operatorId, (tx) => openPersonal(tx, { personId, sealed })), null);
    await assert.rejects(as(operatorId, (tx) => sealPersonal(tx, { personId, plaintext: 'again' })), PersonErased);
    assert.deepEqual(await as(operatorId, (tx) => erasePerson(tx, request)), { ok: false, error: { code: 'person_already_erased', erasedAt: request.at } });
    assert.deepEqual(await as(operatorId, (tx) => erasePerson(tx, { ...request, personId: newUuid() })), { ok: false, error: { code: 'person_unknown' } });
  });

  it('never lets a destroyed key come back, nor a row be deleted', async () => {
    const [operatorId, personId] = [newOperatorId(), newUuid()];
    await as(operatorId, (tx) => sealPersonal(tx, { personId, plaintext: 'x' }));
    await as(operatorId, (tx) => erasePerson(tx, { personId, erasedBy: 'a', reason: 'b', at: systemClock.now() }));
    const revive = `update platform.person_key set wrapped_key = decode(repeat('00', 60), 'hex'), erased_at = null, erased_by = null, erasure_reason = null, master_version = 2`;
    await assert.rejects(as(operatorId, (tx) => tx.execute(revive)), (error) => sqlState(error) === '23001');
    await assert.rejects(as(operatorId, (tx) => tx.execute('delete from platform.person_key')), (error) => sqlState(error) === '42501');
  });

  it('re-wraps every key under the new master key while all stays readable, and needs the old one no more', async () => {
    const [operatorId, erased] = [newOperatorId(), newUuid()];
    const people = Array.from({ length: 20 }, (_, i) => ({ personId: newUuid(), plaintext: `person ${i}` }));
    const sealed = await as(operatorId, (tx) => sealPersonalBatch(tx, people));
    await as(operatorId, (tx) => sealPersonal(tx, { personId: erased, plaintext: 'x' }));
    await as(operatorId, (tx) => erasePerson(tx, { personId: erased, erasedBy: 'a', reason: 'b', at: systemClock.now() }));
    install([1, TEST_MASTER_KEY], [2, NEXT_MASTER_KEY]);
    assert.ok(await rewrapPersonKeys(test.database) >= 20);
    assert.equal(await rewrapPersonKeys(test.database), 0);
    assert.deepEqual([...(await countKeysByVersion(test.database)).keys()], [2]);
    install([2, NEXT_MASTER_KEY]);
    const opened = await as(operatorId, (tx) => openPersonalBatch(tx, people.map(({ personId }, i) => ({ personId, sealed: sealed[i]! }))));
    assert.deepEqual(opened, people.map((person) => person.plaintext));
  });

  it('finds a phone number by its digest, which differs between operators', async () => {
    const [mine, other] = [newOperatorId(), newOperatorId()];
    const digest = (operatorId: OperatorId, value: string) => as(operatorId, (tx) => personalIndex(tx, value));
    assert.ok((await digest(mine, ' 13800138000')).equals(await digest(mine, '13800138000')));
    assert.ok(!(await digest(mine, '13800138000')).equals(await digest(other, '13800138000')));
  });
});
