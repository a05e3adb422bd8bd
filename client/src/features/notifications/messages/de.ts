import type { Translation } from '../../../lib/i18n/catalogue'
import type en from './en'

export default {
  title: 'Mitteilungen',
  description: 'Was aus Ihren Uploads geworden ist.',
  bell: 'Mitteilungen',
  bellUnread_one: 'Mitteilungen, {{count}} ungelesen',
  bellUnread_other: 'Mitteilungen, {{count}} ungelesen',
  bellMany: 'Mitteilungen, mehr als {{count}} ungelesen',
  unread: 'Ungelesen',
  all: 'Alle',
  show: 'Anzeigen',
  markRead: 'Als gelesen markieren: {{title}}',
  markAllRead: 'Alle als gelesen markieren',
  seeAll: 'Alle ansehen',
  empty: 'Noch keine Mitteilungen',
  emptyDetail: 'Wenn ein Upload fertig ist oder Sie braucht, steht es hier.',
  emptyUnread: 'Alles gelesen',
  emptyUnreadDetail: 'Neues kommt hier von selbst an.',
  more: 'Ältere laden',
  end: 'Ältere gibt es nicht.',
  news: 'Neu: {{title}}',
  kind: {
    done: 'Fertig',
    duplicate: 'Nichts Neues gespeichert',
    rejected: 'Abgelehnt',
    failed: 'Fehlgeschlagen',
    stalled: 'Braucht Sie',
  },
  many_one: '{{count}} Upload braucht einen Blick',
  many_other: '{{count}} Uploads brauchen einen Blick',
  manyDone_one: '{{count}} Neuigkeit zu Ihren Uploads',
  manyDone_other: '{{count}} Neuigkeiten zu Ihren Uploads',
  manyBody: 'In der Liste der Mitteilungen steht, was war.',
  look: 'Ansehen',
  ask: {
    text: 'Bescheid bekommen, wenn diese Seite im Hintergrund ist?',
    yes: 'Einschalten',
    denied:
      'Ihr Browser blockiert Mitteilungen dieser Seite. Erlauben Sie sie in seinen Einstellungen für diese Seite.',
  },
} satisfies Translation<typeof en>
