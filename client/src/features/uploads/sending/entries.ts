// What systems leave in folders, and nobody means to upload.
const litter = /^(\.|Thumbs\.db$|desktop\.ini$)/i

/** Leaves out what systems put into folders for themselves. */
export function withoutLitter(files: readonly File[]): File[] {
  return files.filter(({ name }) => !litter.test(name))
}

/**
 * Gives the files that were dropped, with those in folders. It has to be called
 * while the event is handled: the list is empty afterwards.
 */
export function droppedFiles(transfer: DataTransfer): Promise<readonly File[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file')
  const entries = items.map((item) => item.webkitGetAsEntry())
  const plain = [...transfer.files]
  if (!entries.some((entry) => entry?.isDirectory)) {
    return Promise.resolve(plain)
  }
  return collect(entries.filter((entry) => entry !== null))
}

async function collect(entries: readonly FileSystemEntry[]): Promise<readonly File[]> {
  const found: File[] = []
  for (const entry of entries) {
    if (isFile(entry)) {
      found.push(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)))
    } else if (isFolder(entry)) {
      found.push(...withoutLitter([...(await collect(await list(entry)))]))
    }
  }
  return found
}

// A folder gives its entries a hundred at a time.
async function list(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (part.length === 0) {
      return all
    }
    all.push(...part)
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}

/** Gives a picture from the clipboard, which browsers all call image.png, a name that can be told from others. */
export function nameOfPasted(file: File, now: Date): File {
  if (!/^image\.\w+$/i.test(file.name)) {
    return file
  }
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  const time = `${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}`
  const ending = file.name.slice(file.name.lastIndexOf('.'))
  return new File([file], `${day} ${time}${ending}`, { type: file.type, lastModified: file.lastModified })
}
