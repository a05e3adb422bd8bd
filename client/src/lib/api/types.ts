import type { components } from './schema.gen'

type Schemas = components['schemas']

export type User = Schemas['User']
export type Upload = Schemas['Upload']
export type Step = Schemas['Step']
export type StoredFile = Schemas['File']
export type Version = Schemas['Version']
export type FilePage = Schemas['FilePage']
export type SimilarFile = Schemas['SimilarFile']
export type Share = Schemas['Share']
export type ChangedFile = Schemas['Changed']
export type Notification = Schemas['Notification']
export type Config = Schemas['Config']
export type Session = Schemas['Session']
export type Token = Schemas['Token']
export type NewToken = Schemas['NewToken']
export type Stats = Schemas['Stats']
export type AdminUpload = Schemas['AdminUpload']
export type AdminFile = Schemas['AdminFile']
export type Quarantined = Schemas['Quarantine']
export type Integrity = Schemas['Integrity']
export type Finding = Schemas['Finding']
export type Webhook = Schemas['Webhook']
export type Delivery = Schemas['Delivery']
export type AuditLine = Schemas['Audit']

/** One page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}
