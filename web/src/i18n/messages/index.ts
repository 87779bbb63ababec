import { access } from './access.ts';
import { account } from './account.ts';
import { bulkRepair } from './bulk-repair.ts';
import { channels } from './channels.ts';
import { chargingSettings } from './charging-settings.ts';
import { charging } from './charging.ts';
import { control } from './control.ts';
import { coupons } from './coupons.ts';
import { flags } from './flags.ts';
import { fleets } from './fleets.ts';
import { imports } from './imports.ts';
import { makers } from './makers.ts';
import { money } from './money.ts';
import { operations } from './operations.ts';
import { payments } from './payments.ts';
import { problems } from './problems.ts';
import { refunds } from './refunds.ts';
import { repair } from './repair.ts';
import { reports } from './reports.ts';
import { rules } from './rules.ts';
import { cases } from './cases.ts';
import { shell } from './shell.ts';

/** All texts, one catalogue per part of the console; the field's own words come from GLOSSARY.md. */
export const MESSAGES = { ...shell, ...account, ...access, ...problems, ...charging, ...money, ...control, ...flags, ...payments, ...refunds, ...channels, ...coupons, ...operations, ...repair, ...bulkRepair, ...reports, ...fleets, ...makers, ...rules, ...chargingSettings, ...imports, ...cases } as const;
