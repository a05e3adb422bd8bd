import { ActionIcon, CopyButton, Group } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { formatDimensions, kindOf } from '../../../components/files/facts'
import type { StoredFile } from '../../../lib/api/types'
import { formatBytes, formatDateTime, formatPercent } from '../../../lib/format'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import classes from './Facts.module.css'
import { Name } from './Name'
import { Section } from './Section'

/** What is known of a file. */
export function Facts({ file }: { readonly file: StoredFile }) {
  const { t } = useTranslation('files')
  const language = useLanguage()
  const changed = file.updatedAt !== file.createdAt
  return (
    <Section title={t('facts.title')}>
      <dl className={classes.facts}>
        <dt>{t('facts.name')}</dt>
        <dd>
          <Name file={file} />
        </dd>
        <dt>{t('facts.size')}</dt>
        <dd>
          {formatBytes(file.size, language)}
          <Saved file={file} />
        </dd>
        <dt>{t('facts.dimensions')}</dt>
        <dd>{t('facts.pixels', { dimensions: formatDimensions(file, language) })}</dd>
        <dt>{t('facts.kind')}</dt>
        <dd>{kindOf(file.mimeType)}</dd>
        <dt>{t('facts.added')}</dt>
        <dd>
          <time dateTime={file.createdAt}>{formatDateTime(file.createdAt, language)}</time>
        </dd>
        {changed && (
          <>
            <dt>{t('facts.changed')}</dt>
            <dd>
              <time dateTime={file.updatedAt}>{formatDateTime(file.updatedAt, language)}</time>
            </dd>
          </>
        )}
        <dt>{t('facts.sha256')}</dt>
        <dd>
          <Sha256 value={file.sha256} />
        </dd>
      </dl>
    </Section>
  )
}

/** What compression has saved of the upload. */
function Saved({ file: { size, originalSize } }: { readonly file: StoredFile }) {
  const { t } = useTranslation('files')
  const language = useLanguage()
  const share = originalSize > 0 ? 1 - size / originalSize : 0
  return share >= 0.005 ? (
    <span className={classes.saved}>
      {t('facts.saved', {
        percent: formatPercent(share, language),
        original: formatBytes(originalSize, language),
      })}
    </span>
  ) : (
    <span className={classes.note}>{t('facts.notSaved')}</span>
  )
}

function Sha256({ value }: { readonly value: string }) {
  const { t } = useTranslation('files')
  const { t: tCommon } = useTranslation()
  return (
    <Group gap={4} wrap="nowrap">
      <span className={classes.sha} title={value}>
        {value}
      </span>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={copied ? tCommon('action.copied') : t('facts.copySha')}
            onClick={copy}
          >
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  )
}
