import { Input, Paper, SegmentedControl, Stack, useMantineColorScheme } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'

import { PageHeader } from '../../components/PageHeader'
import { changeLanguage } from '../../lib/i18n/change'
import { isLanguage, languages } from '../../lib/i18n/language'
import { useLanguage } from '../../lib/i18n/useLanguage'
import { usePreferences } from '../../lib/preferences'
import classes from './Settings.module.css'

export function AppearancePage() {
  const { t } = useTranslation('settings')
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const density = usePreferences((preferences) => preferences.density)
  const set = usePreferences((preferences) => preferences.set)
  const language = useLanguage()
  return (
    <>
      <PageHeader title={t('appearance')} description={t('appearancePage.text')} />
      <Paper withBorder radius="lg" className={classes.card}>
        <Stack gap="lg">
          <Choice
            label={t('appearancePage.theme')}
            value={colorScheme}
            onChange={setColorScheme}
            data={[
              { value: 'auto', label: t('appearancePage.auto') },
              { value: 'light', label: t('appearancePage.light') },
              { value: 'dark', label: t('appearancePage.dark') },
            ]}
          />
          <Choice
            label={t('appearancePage.density')}
            description={t('appearancePage.densityHint')}
            value={density}
            onChange={(value) => set({ density: value })}
            data={[
              { value: 'comfortable', label: t('appearancePage.comfortable') },
              { value: 'compact', label: t('appearancePage.compact') },
            ]}
          />
          <Choice
            label={t('appearancePage.language')}
            value={language}
            onChange={(value) => void changeLanguage(value)}
            data={Object.entries(languages).flatMap(([value, name]) =>
              isLanguage(value) ? [{ value, label: <span lang={value}>{name}</span> }] : [],
            )}
          />
        </Stack>
      </Paper>
    </>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly description?: string
  readonly value: T
  readonly onChange: (value: T) => void
  readonly data: { readonly value: T; readonly label: ReactNode }[]
}

function Choice<T extends string>({ label, description, value, onChange, data }: ChoiceProps<T>) {
  const id = useId()
  return (
    <Input.Wrapper label={label} description={description} labelElement="div" labelProps={{ id }}>
      <div style={{ marginTop: 6 }}>
        <SegmentedControl<T> aria-labelledby={id} value={value} onChange={onChange} data={data} />
      </div>
    </Input.Wrapper>
  )
}
