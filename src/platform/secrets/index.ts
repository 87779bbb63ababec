export { checkMasterKeys, fingerprint } from './fingerprint.ts';
export { installMasterKeys, masterKeys, masterKeysOf, type MasterKeys } from './master-keys.ts';
export { addMasterKey, loadMasterKeys, MASTER_KEY_FILE, MasterKeyFault, parseMasterKeys, retireMasterKeys } from './master-key-file.ts';
