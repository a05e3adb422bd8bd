import type { AdminUpload, Quarantined, Stats, User } from '../../lib/api/types'

// Things for the tests of this feature.

const none = { done: 0, rejected: 0, canceled: 0, failed: 0, open: 0 }

export function someStats(change: Partial<Stats> = {}): Stats {
  return {
    at: '2026-05-04T10:00:00Z',
    users: { total: 3, admins: 1, suspended: 0 },
    files: { total: 7, trashed: 1 },
    versions: 9,
    storedBytes: 700,
    savedBytes: { compression: 70, dedup: 7 },
    uploads24h: { done: 5, stalled: 1 },
    uploads30d: { done: 50, stalled: 1 },
    quarantine: 1,
    queues: [],
    trends: {
      at: '2026-05-04T10:00:00Z',
      hours: [{ at: '2026-05-04T10:00:00Z', ...none, done: 5 }],
      days: [{ at: '2026-05-04T00:00:00Z', ...none, done: 50 }],
      outcomes24h: { created: 5 },
      outcomes30d: { created: 50 },
      rejections24h: {},
      rejections30d: {},
      steps: [],
    },
    ...change,
  }
}

export function someUser(change: Partial<User> = {}): User {
  return {
    id: '0190a000-0000-7000-8000-000000000001',
    email: 'ada@example.org',
    name: 'Ada',
    role: 'user',
    status: 'active',
    quotaBytes: 10_000_000_000,
    usedBytes: 1_000_000_000,
    quotaFiles: 1000,
    usedFiles: 12,
    createdAt: '2026-05-01T10:00:00Z',
    ...change,
  }
}

export function someQuarantined(change: Partial<Quarantined> = {}): Quarantined {
  return {
    id: '0190a000-0000-7000-8000-000000000002',
    name: 'holiday.jpg',
    ownerId: '0190a000-0000-7000-8000-000000000001',
    ownerEmail: 'ada@example.org',
    size: 1234,
    sha256: 'ab',
    mimeType: 'image/jpeg',
    signature: 'Eicar-Test-Signature',
    state: 'held',
    createdAt: '2026-05-01T10:00:00Z',
    endedAt: null,
    endedBy: null,
    reason: null,
    releasedAs: null,
    ...change,
  }
}

export function someUpload(change: Partial<AdminUpload> = {}): AdminUpload {
  return {
    id: '0190a000-0000-7000-8000-000000000003',
    name: 'cat.jpg',
    ownerId: '0190a000-0000-7000-8000-000000000001',
    ownerEmail: 'ada@example.org',
    size: 1234,
    sha256: null,
    mimeType: 'image/jpeg',
    state: 'stalled',
    percent: 10,
    steps: [],
    outcome: null,
    rejection: null,
    stallCode: 'scanner_unavailable',
    releasedFrom: null,
    temporalUrl: null,
    fileId: null,
    versionNumber: null,
    duplicateOf: null,
    storedSize: null,
    workflowId: 'upload-1',
    seq: 1,
    createdAt: '2026-05-01T10:00:00Z',
    finishedAt: null,
    ...change,
  }
}
