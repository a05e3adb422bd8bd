import i18next, { type BackendModule } from 'i18next'
import { initReactI18next } from 'react-i18next'

import type { Catalogue } from '../lib/i18n/catalogue'
import { preferredLanguage } from '../lib/i18n/language'
import { mayBeSignedIn } from '../lib/session/session'

type Load = () => Promise<{ readonly default: Catalogue }>

// Each feature brings its own messages; a page loads those of its features, in its language.
const shared = import.meta.glob<{ default: Catalogue }>('../lib/i18n/messages/*.ts')
const features = import.meta.glob<{ default: Catalogue }>('../features/*/messages/*.ts')

function find(language: string, namespace: string): Load | undefined {
  return namespace === 'common'
    ? shared[`../lib/i18n/messages/${language}.ts`]
    : features[`../features/${namespace}/messages/${language}.ts`]
}

const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, namespace, done) => {
    const load = find(language, namespace)
    if (load === undefined) {
      done(new Error(`no messages of ${namespace} in ${language}`), null)
      return
    }
    load().then(
      (module) => {
        done(null, module.default)
      },
      (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)), null)
      },
    )
  },
}

/** The messages that the first page is likely to need: those of others are loaded when they are asked for. */
function firstNamespaces(): string[] {
  return mayBeSignedIn() ? ['common', 'notifications', 'uploads', 'files'] : ['common', 'auth']
}

/** Starts the messages in the reader's language. */
export async function startI18n(): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language
  })
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: preferredLanguage(),
      fallbackLng: false, // no language lacks a message, and loading two takes longer
      ns: firstNamespaces(),
      defaultNS: 'common',
      interpolation: { escapeValue: false }, // React escapes
      react: { useSuspense: true },
    })
}
