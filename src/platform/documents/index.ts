export { loadFont, unpackWoff, type Weight } from './font.ts';
export { zip, type ZipEntry } from './zip.ts';
