import { SETTINGS, type Setting } from './settings.ts';

/** docs/operations/configuration.md: the same list as the program reads, compared by a test. */
export function settingsPage(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]: [string, Setting]) => `| \`${name}\` | \`${setting.environment}\` | ${setting.fallback ?? '–'} | ${allowed(setting)} | ${setting.about} |`);
  return `# Configuration

Written from the list of settings by \`node tools/run.mjs settings\`.

A setting comes from, each overriding the one before: its default, \`kirchhoff.json\`, the environment, the command line. The file is one JSON object of
setting names and values, \`{"http.port": 9000}\`, in the checkout or where \`KIRCHHOFF_CONFIG\` says; there is only ever one of it. Relative paths start
at the checkout.

\`bin/kirchhoff config explain\` shows every value in force on this node, where it comes from and what it overrides. A wrong value, or a name that is no
setting, keeps every command from running and is named with the place where it was set. Secrets are never shown.

| setting | environment | default | allowed | what it does |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

function allowed(setting: Setting): string {
  switch (setting.kind) {
    case 'integer': return `${setting.min}–${setting.max}`;
    case 'choice': return setting.of.join(', ');
    case 'text': return setting.secret ? 'secret' : 'text';
  }
}
