export { binariesVersion, findBinaries, serverUser, type PostgresBinaries, type ServerUser } from './binaries.ts';
export { freePort, startCluster, stopCluster, type ClusterOptions, type RunningCluster } from './cluster.ts';
export { initialiseCluster, serverEnvironment, SUPERUSER } from './initialise.ts';
export { findPostmaster, isAlive, readPidFile } from './postmaster.ts';
export { canReach, folderArgument, reachableBinaries } from './reachable.ts';
export { clusterFolder, findEmbeddedPostgres, probe, startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedServer } from './server.ts';
export { handToServerUser } from './own-folder.ts';
