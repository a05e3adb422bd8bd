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
  failed: '{{name}} konnte nicht verarbeitet werden',
  told: {
    created: { title: '{{name}} ist fertig', body: 'Sie finden es jetzt unter Ihren Fotos.' },
    versioned: { title: '{{name}} ist fertig', body: 'Es ist jetzt die neueste Version seines Fotos.' },
    duplicate: {
      title: '{{name}} haben Sie schon',
      body: 'Eines Ihrer Fotos hat denselben Inhalt. Es wurde nichts doppelt gespeichert.',
    },
    restored: {
      title: '{{name}} ist zurück aus dem Papierkorb',
      body: 'Ein Foto in Ihrem Papierkorb hatte denselben Inhalt. Es wurde wiederhergestellt.',
    },
    unchanged: {
      title: '{{name}} ist unverändert',
      body: 'Das Foto hat diesen Inhalt schon. Es entstand keine neue Version.',
    },
    infected: {
      title: '{{name}} wurde abgelehnt',
      body: 'Die Datei enthält einen Virus. Sie ist weggesperrt, und niemand kann sie öffnen.',
    },
    unscannable: {
      title: '{{name}} wurde abgelehnt',
      body: 'Der Virenscanner kann nicht in diese Datei hineinsehen. Speichern Sie das Bild neu und versuchen Sie es noch einmal.',
    },
    corrupt: {
      title: '{{name}} wurde abgelehnt',
      body: 'Das Bild ist beschädigt oder unvollständig. Exportieren oder kopieren Sie es neu und versuchen Sie es noch einmal.',
    },
    unsupported: {
      title: '{{name}} wurde abgelehnt',
      body: 'Diese Art von Bild wird hier nicht angenommen. Speichern Sie es als JPEG, PNG oder WebP.',
    },
    too_many_pixels: {
      title: '{{name}} wurde abgelehnt',
      body: 'Es hat mehr Bildpunkte, als hier angenommen werden. Verkleinern Sie es und versuchen Sie es noch einmal.',
    },
    integrity: {
      title: '{{name}} wurde abgelehnt',
      body: 'Was ankam, ist nicht das, was gesendet wurde. Senden Sie es noch einmal.',
    },
    stalled: {
      title: '{{name}} braucht Sie',
      body: 'Ein Schritt hat nicht geklappt. In der Liste der Uploads steht, warum, und Sie können es dort noch einmal versuchen.',
    },
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
