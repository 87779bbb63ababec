export { forEachOperator, type Job, type JobContext, type JobSummary } from './job.ts';
export { installJobs, overdueJobs, readJobStates, type JobState, type OverdueJob } from './job-state.ts';
export { migrateJobQueue, runJob, startJobs, type RunningJobs } from './queue.ts';
export { growingTables, measureTables, type GrowingTable } from './table-growth.ts';
