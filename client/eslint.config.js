import js from '@eslint/js'
import boundaries from 'eslint-plugin-boundaries'
import a11y from 'eslint-plugin-jsx-a11y'
import hooks from 'eslint-plugin-react-hooks'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** What files of an element may import. */
function zone(element, ...types) {
  return { from: { element }, allow: { to: types.map((type) => ({ element: { type } })) } }
}

/** What public/start.js uses of a browser. */
const browser = ['document', 'fetch', 'localStorage', 'location', 'matchMedia', 'navigator', 'setTimeout', 'window']

export default defineConfig(
  globalIgnores(['node_modules', 'dist', 'src/lib/api/schema.gen.ts']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  hooks.configs.flat.recommended,
  a11y.flatConfigs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      // An empty catalogue is one that has no messages yet.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      // A type states what a value can be; an interface only that it is an object.
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Handlers of events may be promises: what they throw is told by the mutation they start.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // Features know nothing of each other; what two of them need lives in lib or components.
    files: ['src/**/*.{ts,tsx}'],
    plugins: { boundaries },
    settings: {
      'import/resolver': { typescript: true },
      'boundaries/elements': [
        { type: 'app', pattern: 'src/app' },
        { type: 'feature', pattern: 'src/features/*', capture: ['name'] },
        { type: 'components', pattern: 'src/components' },
        { type: 'lib', pattern: 'src/lib' },
        { type: 'testing', pattern: 'src/testing' },
      ],
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            zone({ type: 'app' }, 'app', 'feature', 'components', 'lib', 'testing'),
            zone({ type: 'feature' }, 'components', 'lib', 'testing'),
            {
              from: { element: { type: 'feature' } },
              allow: { to: { element: { type: 'feature', captured: { name: '{{from.element.captured.name}}' } } } },
            },
            zone({ type: 'components' }, 'components', 'lib', 'testing'),
            zone({ type: 'lib' }, 'lib', 'testing'),
            zone({ type: 'testing' }, 'app', 'components', 'lib', 'testing'),
          ],
        },
      ],
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['public/*.js'],
    languageOptions: { globals: Object.fromEntries(browser.map((name) => [name, 'readonly'])) },
  },
)
