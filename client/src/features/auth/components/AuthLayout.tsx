import { Box, Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconHistory, IconPlugConnected, IconShieldCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { changeLanguage } from '../../../lib/i18n/change'
import { isLanguage, languages } from '../../../lib/i18n/language'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import classes from './AuthLayout.module.css'
import { Darkroom } from './Darkroom'

interface Props {
  readonly title: string
  readonly children: ReactNode
}

/** The face of the product, with what is asked for beside it. */
export function AuthLayout({ title, children }: Props) {
  return (
    <div className={classes.page}>
      <title>{`${title} · Safelight`}</title>
      <Hero />
      <Box component="main" className={classes.main}>
        <Stack className={classes.form} gap="lg">
          <Title order={1} size="h2">
            {title}
          </Title>
          {children}
        </Stack>
        <LanguageSwitch />
      </Box>
    </div>
  )
}

function Hero() {
  const { t } = useTranslation('auth')
  const facts = [
    { Icon: IconShieldCheck, text: t('hero.scanned') },
    { Icon: IconPlugConnected, text: t('hero.resumed') },
    { Icon: IconHistory, text: t('hero.kept') },
  ]
  return (
    <header className={classes.hero}>
      <Group gap={12} className={classes.brand}>
        <img src="/favicon.svg" alt="" width={36} height={36} />
        <Text fw={700} fz={22} component="span">
          Safelight
        </Text>
      </Group>
      <Darkroom className={classes.picture} />
      <div className={classes.words}>
        <p className={classes.claim}>{t('hero.title')}</p>
        <p className={classes.text}>{t('hero.text')}</p>
        <ul className={classes.facts}>
          {facts.map(({ Icon, text }) => (
            <li key={text}>
              <Icon size={20} stroke={1.6} aria-hidden />
              <span>{text}</span>
            </li>
          ))}
        </ul>
      </div>
    </header>
  )
}

function LanguageSwitch() {
  const { t } = useTranslation('auth')
  const current = useLanguage()
  return (
    <Group gap={4} justify="center" role="group" aria-label={t('language')}>
      {Object.entries(languages).map(
        ([code, name]) =>
          isLanguage(code) && (
            <Button
              key={code}
              variant="subtle"
              size="compact-sm"
              color="gray"
              lang={code}
              aria-pressed={code === current}
              fw={code === current ? 700 : 400}
              onClick={() => void changeLanguage(code)}
            >
              {name}
            </Button>
          ),
      )}
    </Group>
  )
}
