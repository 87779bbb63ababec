export { openPersonal, openPersonalBatch, personalIndex, PersonErased, PERSONAL_BATCH_MAX, PERSONAL_TEXT_BYTES_MAX, sealPersonal, sealPersonalBatch, type OpenRequest, type SealRequest } from './personal-data.ts';
export { erasePerson, type ErasureRejection } from './erase-person.ts';
export { countKeysByVersion, rewrapPersonKeys } from './rewrap-keys.ts';
