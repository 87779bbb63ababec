export { readDiskPressure, parsePressure, type DiskPressure } from './linux-pressure.ts';
export { COMMIT_US_LOOK, CREDIT_MS_LOOK, IO_PRESSURE_PERCENT_LOOK, listPressure, LOOP_US_LOOK, pressedBy, PRESSURE_ROWS_MAX, type PressureRow } from './list-pressure.ts';
export { createPressureGauge, insertPressure, type Pressure, type PressureGauge } from './measure.ts';
export { delayIn, paymentDelayOf, type PaymentDelay } from './payment-delay.ts';
export { readWalSyncs, type WalSyncs } from './wal-syncs.ts';
