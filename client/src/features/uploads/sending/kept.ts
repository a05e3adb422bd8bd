/** What is kept of a file until it is sent, so that a reload goes on. */
export interface KeptFile {
  readonly id: string
  readonly userId: string
  /** The tab that sends it. */
  readonly tab: string
  readonly file: File
  readonly fileId: string | null
  readonly url: string | null
  readonly paused: boolean
  readonly addedAt: number
}

/** Keeps files in this browser. Nothing here fails: what cannot be kept is not there after a reload. */
export interface Keeper {
  /** Reports whether it is kept. */
  keep(file: Omit<KeptFile, 'userId' | 'tab'>): Promise<boolean>
  change(id: string, change: Partial<Pick<KeptFile, 'url' | 'paused'>>): Promise<void>
  drop(ids: readonly string[]): Promise<void>
  /** Takes over what a tab left behind that is gone, in the order it was added. */
  adopt(): Promise<readonly KeptFile[]>
  /** Forgets all that is kept of this user. */
  wipe(): Promise<void>
}

const database = 'safelight-sending'
const table = 'files'
/** The share of the browser's storage that waiting files may fill. */
const share = 0.5
/** The server forgets what was begun and not gone on with for so long. */
const keepFor = 24 * 3600_000

/** Keeps the files of a user in IndexedDB. */
export function createKeeper(userId: string): Keeper {
  const tab = holdTab()
  const safely = async <T>(fallback: T, run: (db: IDBDatabase) => Promise<T>): Promise<T> => {
    try {
      return await run(await open())
    } catch {
      return fallback // no storage, or none left
    }
  }
  const put = (db: IDBDatabase, file: KeptFile) => settle(files(db, 'readwrite').put(file))
  return {
    keep: (file) =>
      safely(false, async (db) => {
        const { usage = 0, quota = 0 } = await navigator.storage.estimate()
        if (usage + file.file.size > quota * share) {
          return false
        }
        await put(db, { ...file, userId, tab: (await tab).id })
        return true
      }),
    change: (id, change) =>
      safely(undefined, async (db) => {
        const store = files(db, 'readwrite')
        const old = (await settle(store.get(id))) as KeptFile | undefined
        if (old !== undefined) {
          await settle(store.put({ ...old, ...change }))
        }
      }),
    drop: (ids) =>
      safely(undefined, async (db) => {
        const store = files(db, 'readwrite')
        await Promise.all(ids.map((id) => settle(store.delete(id))))
      }),
    adopt: () =>
      safely<readonly KeptFile[]>([], async (db) => {
        const own = await tab
        return own.alone(async (isAlive) => {
          const all = (await settle(files(db, 'readonly').getAll())) as KeptFile[]
          const mine = all.filter((file) => file.userId === userId && !isAlive(file.tab))
          const old = Date.now() - keepFor
          const taken = mine.filter(({ addedAt }) => addedAt > old).sort((a, b) => a.addedAt - b.addedAt)
          const store = files(db, 'readwrite')
          await Promise.all([
            ...taken.map((file) => settle(store.put({ ...file, tab: own.id }))),
            ...mine.filter(({ addedAt }) => addedAt <= old).map(({ id }) => settle(store.delete(id))),
          ])
          return taken
        })
      }),
    wipe: () =>
      safely(undefined, async (db) => {
        const store = files(db, 'readwrite')
        const all = (await settle(store.getAll())) as KeptFile[]
        await Promise.all(all.filter((file) => file.userId === userId).map(({ id }) => settle(store.delete(id))))
      }),
  }
}

let opened: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(database, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(table, { keyPath: 'id' })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('no database'))
  })
  return opened
}

function files(db: IDBDatabase, mode: IDBTransactionMode): IDBObjectStore {
  return db.transaction(table, mode).objectStore(table)
}

function settle<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('request failed'))
  })
}

interface Tab {
  readonly id: string
  /** Runs while no other tab runs this, with who of the tabs is still there. */
  alone<T>(run: (isAlive: (tab: string) => boolean) => Promise<T>): Promise<T>
}

const tabLock = 'safelight-tab-'
const tabKey = 'safelight.tab'
let held: Promise<Tab> | null = null

/**
 * Names this tab by a lock that it holds for as long as it lives. Where there
 * are no locks, which is plain HTTP to another machine, a tab knows itself
 * again after a reload, and leaves the files of all others alone.
 */
function holdTab(): Promise<Tab> {
  held ??= (async (): Promise<Tab> => {
    if (!('locks' in navigator)) {
      const id = sessionStorage.getItem(tabKey) ?? newId()
      sessionStorage.setItem(tabKey, id)
      return { id, alone: (run) => run((tab) => tab !== id) }
    }
    const { locks } = navigator
    const id = newId()
    await new Promise<void>((granted) => {
      void locks.request(
        tabLock + id,
        () =>
          new Promise(() => {
            granted() // and never let go
          }),
      )
    })
    return {
      id,
      alone: async (run) =>
        locks.request('safelight-adopt', async () => {
          const alive = new Set((await locks.query()).held?.map(({ name }) => name))
          return run((tab) => alive.has(tabLock + tab))
        }),
    }
  })()
  return held
}

/** An id that no other tab makes; pages over plain HTTP have no randomUUID. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-')
}
