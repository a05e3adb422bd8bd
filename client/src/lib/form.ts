import { type ChangeEvent, type RefObject, type SubmitEvent, useEffect, useMemo, useRef, useState } from 'react'

import { ApiError } from './api/client'
import { useTellProblem } from './i18n/problems'

type Faults<N extends string> = Partial<Record<N, string>>

interface Options<N extends string> {
  readonly names: readonly N[]
  /** What can be told without the server. */
  readonly check?: (values: Readonly<Record<N, string>>) => Faults<N>
  readonly submit: (values: Readonly<Record<N, string>>) => void
  /** Of the last attempt; null for none. */
  readonly error: unknown
  /** Failures that belong to a field, in our own words. */
  readonly place?: (error: ApiError) => Faults<N>
}

export interface Fields<N extends string> {
  readonly form: {
    readonly ref: RefObject<HTMLFormElement | null>
    readonly noValidate: true
    readonly onSubmit: (event: SubmitEvent<HTMLFormElement>) => void
    readonly onChange: (event: ChangeEvent<HTMLFormElement>) => void
  }
  /** What is wrong with each field. */
  readonly faults: Faults<N>
  /** A failure that belongs to no field; null where there is none. */
  readonly failure: unknown
}

/**
 * A form of text fields that the browser keeps, so that password managers may
 * fill them in. Faults stand at their fields, the focus goes to the first one,
 * and a fault goes when its field is changed.
 */
export function useFields<N extends string>({ names, check, submit, error, place }: Options<N>): Fields<N> {
  const ref = useRef<HTMLFormElement>(null)
  const tell = useTellProblem()
  const [local, setLocal] = useState<Faults<N>>({})
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set())

  const refused: Faults<N> = error instanceof ApiError ? { ...pick(names, tell(error).fields), ...place?.(error) } : {}
  const faults: Faults<N> = { ...local }
  for (const name of names) {
    const text = refused[name]
    if (text !== undefined && !changed.has(name)) {
      faults[name] = text
    }
  }

  useEffect(() => {
    ref.current?.querySelector<HTMLElement>('input[aria-invalid="true"], input[data-invalid]')?.focus()
  }, [local, error])

  const form = useMemo<Fields<N>['form']>(
    () => ({
      ref,
      noValidate: true,
      onSubmit: (event) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget)
        const values = Object.fromEntries(names.map((name) => [name, textOf(data, name)])) as Record<N, string>
        const found = check?.(values) ?? {}
        setLocal(found)
        setChanged(new Set(Object.keys(found).length > 0 ? names : []))
        if (Object.keys(found).length === 0) {
          submit(values)
        }
      },
      onChange: ({ target }) => {
        const { name } = target as unknown as HTMLInputElement
        setChanged((before) => (before.has(name) ? before : new Set(before).add(name)))
        setLocal((before) => (name in before ? without(before, name) : before))
      },
    }),
    [names, check, submit],
  )
  return { form, faults, failure: Object.keys(refused).length > 0 ? null : error }
}

function textOf(data: FormData, name: string): string {
  const value = data.get(name)
  return typeof value === 'string' ? value : ''
}

function pick<N extends string>(names: readonly N[], from: Readonly<Record<string, string>>): Faults<N> {
  const picked: Faults<N> = {}
  for (const name of names) {
    if (from[name] !== undefined) {
      picked[name] = from[name]
    }
  }
  return picked
}

function without<N extends string>(faults: Faults<N>, name: string): Faults<N> {
  return Object.fromEntries(Object.entries(faults).filter(([key]) => key !== name)) as Faults<N>
}
