import { ActionIcon, Group, TextInput } from '@mantine/core'
import { IconCheck, IconPencil, IconX } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { StoredFile } from '../../../lib/api/types'
import { useNotify } from '../../../lib/notify'
import { useConfig } from '../../../lib/session/session'
import { useRenameFile } from '../api/renameFile'

/** A file's name, which is changed where it stands. */
export function Name({ file }: { readonly file: StoredFile }) {
  const { t } = useTranslation('files')
  const notify = useNotify()
  const rename = useRenameFile(file.id)
  const [editing, setEditing] = useState(false)
  const pencil = useRef<HTMLButtonElement>(null)
  const stop = () => {
    setEditing(false)
    // The field that had the focus goes away.
    requestAnimationFrame(() => pencil.current?.focus())
  }
  const save = (name: string) => {
    if (name === '' || name === file.name) {
      stop()
      return
    }
    rename.mutate(name, {
      onSuccess: (renamed) => {
        notify.done(t('facts.renamed', { name: renamed.name }))
        stop()
      },
      onError: (error) => notify.failed(error),
    })
  }
  return editing ? (
    <NameField name={file.name} busy={rename.isPending} onSave={save} onCancel={stop} />
  ) : (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <span>{file.name}</span>
      {file.trashedAt === null && (
        <ActionIcon
          ref={pencil}
          variant="subtle"
          color="gray"
          aria-label={t('facts.rename')}
          onClick={() => setEditing(true)}
        >
          <IconPencil size={16} aria-hidden />
        </ActionIcon>
      )}
    </Group>
  )
}

interface FieldProps {
  readonly name: string
  readonly busy: boolean
  readonly onSave: (name: string) => void
  readonly onCancel: () => void
}

function NameField({ name, busy, onSave, onCancel }: FieldProps) {
  const { t } = useTranslation('files')
  const { t: tCommon } = useTranslation()
  const maxLength = useConfig()?.limits.nameLength ?? 255
  const [text, setText] = useState(name)
  // What is changed is most often the name, not what it ends in.
  const select = (input: HTMLInputElement | null) => {
    input?.focus()
    input?.setSelectionRange(0, name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length)
  }
  const [first] = useState(() => select)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onSave(text.trim())
      }}
    >
      <Group gap={4} wrap="nowrap">
        <TextInput
          ref={first}
          flex={1}
          size="xs"
          aria-label={t('facts.name')}
          value={text}
          maxLength={maxLength}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') {
              event.stopPropagation()
              onCancel()
            }
          }}
        />
        <ActionIcon type="submit" size={30} loading={busy} aria-label={tCommon('action.save')}>
          <IconCheck size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon size={30} variant="default" aria-label={tCommon('action.cancel')} onClick={onCancel}>
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </Group>
    </form>
  )
}
