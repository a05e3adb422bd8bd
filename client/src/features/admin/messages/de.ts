import type { Translation } from '../../../lib/i18n/catalogue'
import type en from './en'

export default {} satisfies Translation<typeof en>
