import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../test/support/api.ts';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMs, instant, MS_PER_DAY, type MemberId } from '../../kernel/index.ts';
import { listActs } from '../../platform/audit-log/index.ts';
import { manualClock } from '../../platform/clock/index.ts';
import { addCredential, assignDepartment, assignFleet, changeMember, createDepartment, createFleet, createMember, memberDepartments, registerVehicle, resolvePayers } from './index.ts';

const test = await openTestDatabase();
const { operator } = await openTestApi(test);
const codeOf = (answer: { json(): { code?: string } }): string | undefined => answer.json().code;
const VIN = 'LZYTBGCW9K1000001';
const day = (n: number) => addMs(instant(Date.UTC(2026, 0, 1)), n * MS_PER_DAY);

describe('vehicles over HTTP', () => {
  it('are registered by VIN and plate, found by either in any spelling, and no act is logged with them in clear', async () => {
    const volt = await operator();
    const clerk = await volt.user();
    const { fleetId } = (await clerk.post('/fleets', { name: 'Depot 3' })).json();
    const made = await clerk.post('/vehicles', { vin: VIN.toLowerCase(), plate: '粤B·D12345', fleetId });
    assert.equal(made.statusCode, 201, made.body);
    const { vehicleId } = made.json();
    for (const q of ['粤b d12345', ` ${VIN} `]) {
      assert.deepEqual((await clerk.get(`/vehicles?q=${encodeURIComponent(q)}`)).json().items.map((each: { vehicleId: string }) => each.vehicleId), [vehicleId]);
    }
    const detail = (await clerk.get(`/vehicles/${vehicleId}`)).json();
    assert.deepEqual([detail.vin, detail.plate, detail.fleetId, detail.fleets], [VIN, '粤BD12345', fleetId, [{ fleetId, validFrom: null, validTo: null }]]);
    const acts = await volt.transaction((tx) => listActs(tx, { act: 'parties' }, 10));
    assert.doesNotMatch(JSON.stringify(acts), new RegExp(`${VIN}|D12345`, 'i'));
    const stored = await volt.transaction((tx) => tx.query<{ row: string }>('select v::text as row from parties.vehicle v'));
    assert.doesNotMatch(stored[0]!.row, new RegExp(VIN));
  });

  it('are refused, in this order: bad VIN, bad plate, neither, no such fleet, VIN taken, plate taken', async () => {
    const clerk = await (await operator()).user();
    const attempt = async (body: object) => codeOf(await clerk.post('/vehicles', body)) ?? 'registered';
    assert.equal(await attempt({ vin: '!!', plate: '?' }), 'vin_invalid');
    assert.equal(await attempt({ vin: VIN, plate: ' ·' }), 'plate_invalid');
    assert.equal(await attempt({}), 'vehicle_needs_vin_or_plate');
    assert.equal(await attempt({ vin: VIN, fleetId: `flt_${'0'.repeat(26)}` }), 'fleet_not_found');
    assert.equal(await attempt({ vin: VIN, plate: 'A1' }), 'registered');
    assert.equal(await attempt({ vin: VIN, plate: 'B2' }), 'vin_taken');
    assert.equal(await attempt({ vin: 'OTHER12345', plate: 'a 1' }), 'plate_taken');
  });

  it('are erased on request: VIN and plate are gone and free again', async () => {
    const clerk = await (await operator()).user();
    const { vehicleId } = (await clerk.post('/vehicles', { vin: VIN, plate: 'A1' })).json();
    assert.equal((await clerk.post(`/vehicles/${vehicleId}/erasure`, { reason: 'sold' })).statusCode, 204);
    const gone = (await clerk.get(`/vehicles/${vehicleId}`)).json();
    assert.deepEqual([gone.vin, gone.plate, gone.erased], [null, null, true]);
    assert.equal(codeOf(await clerk.post(`/vehicles/${vehicleId}/erasure`, { reason: 'again' })), 'vehicle_erased');
    assert.equal((await clerk.post('/vehicles', { vin: VIN })).statusCode, 201);
  });

  it('of another operator are not found', async () => {
    const { vehicleId } = (await (await (await operator()).user()).post('/vehicles', { vin: VIN })).json();
    const stranger = await (await operator()).user();
    assert.equal(codeOf(await stranger.get(`/vehicles/${vehicleId}`)), 'vehicle_not_found');
    assert.deepEqual((await stranger.get(`/vehicles?q=${VIN}`)).json().items, []);
  });
});

describe('who charged, at that moment', () => {
  it('is the vehicle of the VIN that was the credential, with the fleet of that day; else the department of the member', async () => {
    const volt = await operator();
    await volt.transaction(async (tx) => {
      const value = <T>(result: { ok: true; value: T } | { ok: false }): T => { assert.ok(result.ok); return result.value; };
      const [depot, other] = [value(await createFleet(tx, { name: 'Depot' })), value(await createFleet(tx, { name: 'Other' }))];
      const [north, south] = [value(await createDepartment(tx, { name: 'North' })), value(await createDepartment(tx, { name: 'South' }))];
      const memberId = await createMember(tx, { displayName: 'Bus company', departmentId: north });
      const vehicleId = value(await registerVehicle(tx, { vin: VIN, fleetId: depot }));
      value(await assignFleet(tx, { vehicleId, fleetId: other, validFrom: day(10) }));
      value(await assignDepartment(tx, { memberId, departmentId: south, validFrom: day(20) }, { clock: manualClock(day(30)) }));
      const credentialId = await addCredential(tx, { memberId, kind: 'vin', token: VIN });
      const cardId = await addCredential(tx, { memberId, kind: 'rfid', token: 'CARD1' });
      const found = await resolvePayers(tx, [
        { memberId, credentialId, at: day(9) }, { memberId, credentialId, at: day(10) }, { memberId, credentialId: cardId, at: day(19) }, { memberId, credentialId: null, at: day(20) }, { memberId: null, credentialId: null, at: day(0) },
      ]);
      assert.deepEqual(found, [
        { departmentId: north, vehicleId, fleetId: depot }, { departmentId: north, vehicleId, fleetId: other }, { departmentId: north, vehicleId: null, fleetId: null },
        { departmentId: south, vehicleId: null, fleetId: null }, { departmentId: null, vehicleId: null, fleetId: null },
      ]);
    });
  });

  it('a member put elsewhere is there from then on, and nothing begins before what is known already', async () => {
    const volt = await operator();
    await volt.transaction(async (tx) => {
      const made = [await createDepartment(tx, { name: 'A' }), await createDepartment(tx, { name: 'B' })].map((each) => { assert.ok(each.ok); return each.value; });
      const [a, b] = made as [string, string];
      const memberId: MemberId = await createMember(tx, { displayName: 'M', departmentId: a });
      const clock = manualClock(day(30));
      assert.ok((await assignDepartment(tx, { memberId, departmentId: b, validFrom: day(20) }, { clock })).ok);
      assert.ok((await assignDepartment(tx, { memberId, departmentId: b, validFrom: day(25) }, { clock })).ok, 'there already');
      assert.deepEqual(await assignDepartment(tx, { memberId, departmentId: a, validFrom: day(5) }, { clock }), { ok: false, error: { code: 'belonging_overlaps' } });
      assert.deepEqual(await assignDepartment(tx, { memberId, departmentId: a, validFrom: day(31) }, { clock }), { ok: false, error: { code: 'valid_from_in_future' } });
      assert.ok((await changeMember(tx, memberId, { departmentId: null })).ok);
      assert.deepEqual((await memberDepartments(tx, memberId)).map(({ toId }) => toId), [null, b, a]);
    });
  });
});
