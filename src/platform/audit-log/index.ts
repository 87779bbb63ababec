export { NO_ORIGIN, recordAct, SYSTEM_ACTOR, type Act, type ActOrigin, type Actor } from './record-act.ts';
