import type { Translation } from '../../../lib/i18n/catalogue'
import type en from './en'

export default {
  hero: {
    title: 'Jedes Bild, sicher entwickelt.',
    text: 'Schicken Sie Fotos hinein. Safelight prüft sie, verkleinert sie ohne sichtbaren Verlust und bewahrt jede Version auf.',
    scanned: 'Niemand sieht ein Byte, das nicht auf Viren geprüft ist',
    resumed: 'Uploads gehen weiter, wo die Verbindung abriss',
    kept: 'Jede Version bleibt, Doppeltes braucht keinen Platz',
  },
  email: 'E-Mail-Adresse',
  emailMissing: 'Geben Sie Ihre E-Mail-Adresse ein.',
  emailWrong: 'Das ist keine E-Mail-Adresse. Eine sieht aus wie ada@example.org.',
  name: 'Ihr Name',
  nameMissing: 'Geben Sie Ihren Namen ein.',
  password: 'Passwort',
  passwordMissing: 'Geben Sie Ihr Passwort ein.',
  newPassword: 'Neues Passwort',
  signIn: {
    title: 'Anmelden',
    submit: 'Anmelden',
    wait: 'Anmelden ({{time}})',
    noAccount: 'Noch kein Konto?',
    register: 'Konto anlegen',
    closed: 'Neue Konten legt hier die Verwaltung an. Fragen Sie dort, wenn Sie eines brauchen.',
    forgotten: 'Passwort vergessen? Die Verwaltung kann Ihnen einen Link für ein neues geben.',
  },
  fresh: {
    title: 'Willkommen bei Ihrem neuen Safelight',
    text: 'Noch hat sich niemand angemeldet. Beginnen Sie mit dem Verwaltungskonto:',
    run: 'Mit make run gestartet: E-Mail-Adresse und Passwort stehen im Terminal in der Zeile „Sign in“, und auch in .data/dev.json.',
    server: 'Auf einem Server: Legen Sie das Verwaltungskonto mit diesem Befehl an, dort, wo DATABASE_URL gesetzt ist.',
  },
  suspended: {
    title: 'Dieses Konto ist gesperrt',
    text: 'Sie wurden abgemeldet. Ihre Fotos bleiben erhalten. Fragen Sie die Verwaltung nach dem Grund und wie es weitergeht.',
  },
  passwordSet: {
    title: 'Das neue Passwort gilt',
    text: 'Melden Sie sich damit an. Alle anderen Geräte wurden abgemeldet.',
  },
  register: {
    title: 'Konto anlegen',
    submit: 'Konto anlegen',
    wait: 'Konto anlegen ({{time}})',
    known: 'Schon ein Konto?',
    signIn: 'Anmelden',
    closedTitle: 'Neue Konten legt die Verwaltung an',
    closedText:
      'Hier kann man sich nicht selbst anmelden. Bitten Sie die Verwaltung um ein Konto; Sie bekommen dann einen Link, um Ihr Passwort zu setzen.',
    toSignIn: 'Zur Anmeldung',
  },
  reset: {
    title: 'Neues Passwort setzen',
    text: 'Dieser Link gilt einmal. Alle Geräte, die mit dem Konto angemeldet sind, werden abgemeldet.',
    submit: 'Passwort setzen',
    wait: 'Passwort setzen ({{time}})',
    missingTitle: 'Dieser Link ist nicht vollständig',
    missingText:
      'Öffnen Sie den ganzen Link, den Sie bekommen haben, mit allem hinter dem Zeichen #. Er gilt einmal: Wenn Sie ihn schon geöffnet hatten, bitten Sie die Verwaltung um einen neuen.',
  },
  again: {
    title: 'Noch einmal anmelden',
    text: 'Ihre Sitzung ist zu Ende. Geben Sie Ihr Passwort ein, um hier weiterzumachen; auf dieser Seite ist nichts verloren.',
    as: 'Angemeldet als {{email}}',
    submit: 'Weitermachen',
    wait: 'Weitermachen ({{time}})',
    other: 'Als jemand anderes anmelden',
    otherHint: 'Was auf dieser Seite nicht gespeichert ist, geht dann verloren.',
  },
  language: 'Sprache',
} satisfies Translation<typeof en>
