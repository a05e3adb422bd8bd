import { Group, PasswordInput, Text } from '@mantine/core'
import { IconArrowBigUpLine, IconCheck } from '@tabler/icons-react'
import { type KeyboardEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { passwordLength } from '../lib/passwords'

interface Props {
  readonly name: string
  readonly label: string
  /** For password managers: whether a password is asked for, or made. */
  readonly autoComplete: 'current-password' | 'new-password'
  readonly error?: string | undefined
  readonly description?: ReactNode
  /** For the one field of a dialog. */
  readonly focusFirst?: boolean
  readonly onType?: (value: string) => void
}

/** Takes a password; it can be shown, and says when Caps Lock is on. */
export function PasswordField({ name, label, autoComplete, error, description, focusFirst = false, onType }: Props) {
  const { t } = useTranslation()
  const [visible, setVisible] = useState(false)
  const [capsLock, setCapsLock] = useState(false)
  const look = (event: KeyboardEvent) => setCapsLock(event.getModifierState('CapsLock'))
  return (
    <div>
      <PasswordInput
        name={name}
        label={label}
        required
        withAsterisk={false}
        autoComplete={autoComplete}
        error={error}
        aria-invalid={error !== undefined}
        description={description}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        data-autofocus={focusFirst || undefined}
        visible={visible}
        onVisibilityChange={setVisible}
        visibilityToggleButtonProps={{
          'aria-label': t(visible ? 'password.hide' : 'password.show'),
          'aria-hidden': false,
          tabIndex: 0,
        }}
        onKeyDown={look}
        onKeyUp={look}
        onBlur={() => setCapsLock(false)}
        onChange={(event) => onType?.(event.currentTarget.value)}
      />
      <Group gap={4} mt={capsLock ? 4 : 0} role="status">
        {capsLock && (
          <>
            <IconArrowBigUpLine size={16} aria-hidden />
            <Text size="xs">{t('password.capsLock')}</Text>
          </>
        )}
      </Group>
    </div>
  )
}

/** Takes a password that is being chosen, and tells the rules before they fail. */
export function NewPasswordField(props: Omit<Props, 'autoComplete' | 'description' | 'onType'>) {
  const { t } = useTranslation()
  const [value, setValue] = useState('')
  const long = passwordLength(value) === 'right'
  return (
    <PasswordField
      {...props}
      autoComplete="new-password"
      onType={setValue}
      description={
        <>
          {long && (
            <IconCheck
              size={14}
              role="img"
              aria-label={t('password.longEnough')}
              color="var(--mantine-color-teal-text)"
              style={{ verticalAlign: 'text-bottom', marginInlineEnd: 4 }}
            />
          )}
          {t('password.rules')}
        </>
      }
    />
  )
}
