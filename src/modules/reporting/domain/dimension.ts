/** By what a report is broken down, and in which column of a movement that stands. */
export const DIMENSIONS = ['day', 'station', 'sub_operator', 'department', 'fleet', 'vehicle', 'start_mode'] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export const COLUMN_OF: Readonly<Record<Dimension, string>> = {
  day: 'm.counts_on::text', station: 'm.station_id::text', sub_operator: 'm.sub_operator_id::text', department: 'm.department_id::text', fleet: 'm.fleet_id::text', vehicle: 'm.vehicle_id::text', start_mode: 'm.start_mode',
};
/** The dimensions of which an operator has few enough to be grouped together in one pass; vehicles are as many as bills. */
export const FEW = ['day', 'station', 'sub_operator', 'department', 'fleet', 'start_mode'] as const satisfies readonly Dimension[];
