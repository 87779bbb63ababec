import type { Command } from './command.ts';
import { EXIT } from './io.ts';
export const doctorCommand: Command = { name: 'doctor', summary: '', options: [], run: () => Promise.resolve(EXIT.ok) };
