export { receiveBaseBackup, type BaseBackup } from './base-backup.ts';
export { backupSize, findBackup, unpackBackup, writeBackup, writeRecord, type BackupRecord } from './backup-files.ts';
export { BackupFault, extractTar } from './tar-extract.ts';
