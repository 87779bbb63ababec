import { addMs, assert, MS_PER_DAY, type Clock, type MemberId, type OperatorId } from '../kernel/index.ts';
import { assignDepartment, createDepartment, createFleet, findMemberByToken, listDepartments, listSubOperators, loadOperator, registerVehicle } from '../modules/parties/index.ts';
import { catchUp, createStatement, parsePeriod, publishPeriod, startClosing } from '../modules/reporting/index.ts';
import type { Database, Tx } from '../platform/database/index.ts';
import { DEMO_CUSTOMER, DEMO_MEMBERS, DEMO_SUB_OPERATOR } from './demo-plan.ts';

/** Who asks for what the demo shows, as its cash desk does. */
const ACTOR = 'demo';
/** The whole days of the demo's past that are published: nothing of them is still on its way when the present is reached. */
const PUBLISHED_DAYS_BACK = [3, 2] as const, CLOSES_IN_DAYS = 5;

/** A company whose drivers are members and whose vans are a fleet. Made once. */
export async function makeDemoCustomer(tx: Tx, { clock }: { readonly clock: Clock }): Promise<void> {
  const made = await createDepartment(tx, { name: DEMO_CUSTOMER.department });
  if (!made.ok) return;
  const fleet = await createFleet(tx, { name: DEMO_CUSTOMER.fleet, departmentId: made.value });
  assert(fleet.ok, 'the demo has one fleet');
  for (const vehicle of DEMO_CUSTOMER.vehicles) assert((await registerVehicle(tx, { ...vehicle, fleetId: fleet.value })).ok, 'the demo vehicles are well-formed');
  for (const index of DEMO_CUSTOMER.members) {
    const member = await findMemberByToken(tx, DEMO_MEMBERS[index]!.cards[0]!);
    assert(member, 'the demo members are there');
    const assigned = await assignDepartment(tx, { memberId: member.memberId as MemberId, departmentId: made.value, validFrom: addMs(clock.now(), -30 * MS_PER_DAY) }, { clock });
    assert(assigned.ok, 'the demo drivers are of one department');
  }
}

/** Publishes the first days that the demo lived, and begins to settle them with the company and with the part that runs stations of its own. */
export async function publishDemoDays({ demo, database, clock }: { readonly demo: { readonly operatorId: OperatorId }; readonly database: Database; readonly clock: Clock }): Promise<void> {
  await database.forOperator(demo.operatorId).transaction(async (tx) => {
    const { timeZone } = await loadOperator(tx);
    const day = (back: number): string => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(addMs(clock.now(), -back * MS_PER_DAY));
    await catchUp(tx, { clock });
    for (const back of PUBLISHED_DAYS_BACK) await publishPeriod(tx, { period: parsePeriod(day(back))!, publishedBy: ACTOR, approvedBy: null }, { clock });
    const department = (await listDepartments(tx)).find(({ name }) => name === DEMO_CUSTOMER.department), part = (await listSubOperators(tx)).find(({ name }) => name === DEMO_SUB_OPERATOR);
    const span = { firstOn: day(PUBLISHED_DAYS_BACK[0]), lastOn: day(PUBLISHED_DAYS_BACK[1]), madeBy: ACTOR };
    if (department) await createStatement(tx, { ...span, subjectKind: 'department', subjectId: department.departmentId }, { clock });
    const made = part && await createStatement(tx, { ...span, subjectKind: 'sub_operator', subjectId: part.subOperatorId }, { clock });
    if (made?.ok) await startClosing(tx, { statementId: made.value.statementId, closesOn: day(-CLOSES_IN_DAYS) }, { clock });
  });
}
