import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// The house style as lint: limits on size, no `any`, no forgotten promise, no clock in pure code.
export default tseslint.config(
  { ignores: ['node_modules/**', 'runtime/**', 'web/node_modules/**', 'web/dist/**', 'web/src/api/contract.ts', 'data/**', '.cache/**', '**/*.js', '**/*.mjs', '**/*.cjs'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parser: tseslint.parser, parserOptions: { project: './tsconfig.json' } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'no-debugger': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'always'],
      'no-empty': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // What runs in a browser's page has the browser's types.
    files: ['test/e2e/**/*.ts'],
    languageOptions: { parserOptions: { project: './test/e2e/tsconfig.json' } },
  },
  {
    // The console has its own types, and components that are functions of some length: markup is counted too.
    files: ['web/**/*.ts', 'web/**/*.tsx'],
    languageOptions: { parserOptions: { project: './web/tsconfig.json' } },
    plugins: { 'react-hooks': reactHooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      // An event handler may be asynchronous: what it throws is shown by the page's own error handling.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  {
    // Pure code gets its clock, randomness and energy of the network passed in.
    files: ['src/kernel/**/*.ts', 'src/modules/*/domain/**/*.ts'],
    ignores: ['**/*.test.ts', 'src/kernel/calendar.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'Date', message: 'Pure code takes instants; the clock is passed in.' }],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Randomness is passed in.' }],
    },
  },
  {
    // A test file is a list of sentences; describe() callbacks are as long as the list.
    files: ['**/*.test.ts', '**/conformance.ts'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-floating-promises': 'off' },
  },
);
