import { readdirSync } from 'node:fs'

import type { Parts } from '../kit/parts'
import { Person } from '../kit/person'

/** What is on the pictures: an administrator's system with some life in it. */
export type Library = { admin: Person; versioned: string }

/** The pictures of the tests themselves, which nobody would keep. */
const plain = /^(photo-\d|large|infected|broken|text)/

/** Fills a system: people, pictures, versions, links, something in the trash, in quarantine and stuck. */
export async function fill(stack: Parts): Promise<Library> {
  const admin = await Person.login(stack.url, stack.dev.adminEmail, stack.dev.adminPassword)
  await admin.call('PATCH', '/me', { name: 'Ada Lovelace' })
  const scenes = readdirSync(stack.facts.samples).filter((name) => !plain.test(name))
  const stored = new Map<string, string>()
  for (const name of scenes) {
    const { fileId } = await admin.store(stack.sample(name))
    stored.set(name, fileId ?? '')
  }
  const file = (part: string): string => {
    const name = scenes.find((scene) => scene.startsWith(part))
    if (name === undefined) {
      throw new Error(`there is no picture ${part}`)
    }
    return stored.get(name) ?? ''
  }
  await others(stack, admin, scenes)
  await admin.store(stack.sample('photo-1.jpg'), { fileId: file('Dolomites') })
  await admin.call('POST', `/files/${file('Dolomites')}/versions/1/restore`)
  await admin.call('POST', `/files/${file('Dolomites')}/shares`, { expiresInHours: 168 })
  await admin.call('POST', `/files/${file('Sea')}/shares`, { expiresInHours: 24, password: 'the old lighthouse' })
  await admin.store(stack.sample(scenes[0] ?? ''), { name: 'Copy of the first one.jpg' })
  await admin.store(stack.sample('infected.jpg'), { name: 'invoice-2026-11.jpg' })
  await admin.store(stack.sample('broken.jpg'), { name: 'half a download.jpg' })
  const { fileId } = await admin.store(stack.sample('photo-2.jpg'), { name: 'out of focus.jpg' })
  await admin.call('DELETE', `/files/${fileId ?? ''}`)
  await stuck(stack, admin)
  await admin.call('POST', '/admin/integrity', {})
  return { admin, versioned: file('Dolomites') }
}

/** Other people, one of whom is suspended. */
async function others(stack: Parts, admin: Person, scenes: readonly string[]): Promise<void> {
  const names = ['Grace Hopper', 'Vera Rubin', 'Mary Somerville', 'Emmy Noether', 'Chien-Shiung Wu']
  for (const [n, name] of names.entries()) {
    const address = `${name.toLowerCase().replaceAll(/[^a-z]+/g, '.')}@example.org`
    const person = await Person.register(stack.url, name, address)
    await person.store(stack.sample(scenes[n * 2] ?? ''))
    if (name === 'Mary Somerville') {
      await admin.call('PATCH', `/admin/users/${person.id}`, { status: 'suspended' })
    }
  }
}

/** An upload that stands still because its bytes are gone. */
async function stuck(stack: Parts, person: Person): Promise<void> {
  await stack.scanner('shut')
  const { id } = await person.send(stack.sample('photo-3.jpg'), { name: 'IMG_2041.jpg' })
  await person.follow(id, ({ steps }) => steps.some(({ name, state }) => name === 'scan' && state === 'retrying'))
  stack.takeAway(id)
  await stack.scanner('open')
  await person.follow(id, ({ state }) => state === 'stalled')
}
