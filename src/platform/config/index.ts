export { CONFIG_FILE, ConfigFault, describeSource, loadConfig, type ConfigInput, type Explained, type Source } from './config.ts';
export { explainConfig } from './explain.ts';
export { SETTINGS, type Config, type Setting, type SettingName } from './settings.ts';
export { settingsPage } from './settings-page.ts';
