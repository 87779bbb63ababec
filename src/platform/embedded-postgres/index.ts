export { binariesVersion, findBinaries, serverUser, type PostgresBinaries, type ServerUser } from './binaries.ts';
export { initialiseCluster, serverEnvironment, SUPERUSER } from './initialise.ts';
export { findPostmaster, isAlive, readPidFile } from './postmaster.ts';
export { canReach, folderArgument, reachableBinaries } from './reachable.ts';
export { clusterFolder, findEmbeddedPostgres, freePort, probe, startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedServer } from './server.ts';
export { handToServerUser } from './own-folder.ts';
