import type { Translation } from '../../../lib/i18n/catalogue'
import type en from './en'
import { operations } from './de/operations'
import { people } from './de/people'

export default {
  nav: {
    dashboard: 'Übersicht',
    uploads: 'Alle Uploads',
    quarantine: 'Quarantäne',
    users: 'Benutzer',
    files: 'Alle Fotos',
    integrity: 'Integrität',
    webhooks: 'Webhooks',
    audit: 'Protokoll',
  },
  common: {
    actions: 'Aktionen',
    actionsFor: 'Aktionen für {{name}}',
    all: 'Alle',
    anyone: 'Alle Personen',
    owner: 'Besitzer',
    ownerHint: 'Name oder Adresse eingeben',
    noOwner: 'Niemand heißt so',
    gone: 'Gelöschtes Konto',
    clear: 'Filter aufheben',
    filters: 'Filter',
    nothingFound: 'Zu diesen Filtern gibt es nichts',
    nothingFoundHint: 'Nehmen Sie einen davon weg, um mehr zu sehen.',
    search: 'Suche',
    size: 'Größe',
    name: 'Name',
    state: 'Zustand',
    when: 'Wann',
    never: 'Nie',
    end: 'Das ist alles.',
    shownOnce: 'Kopieren Sie es jetzt: Es wird nicht noch einmal gezeigt.',
    typeToConfirm: 'Zur Bestätigung {{word}} eingeben',
    refresh: 'Aktualisieren',
    system: 'Das System',
    done: 'Fertig',
  },
  ...operations,
  ...people,
} satisfies Translation<typeof en>
