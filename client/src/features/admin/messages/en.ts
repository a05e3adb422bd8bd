import { operations } from './en/operations'
import { people } from './en/people'

/** The administrators' pages: what is common here, the rest by what it is about. */
export default {
  nav: {
    dashboard: 'Dashboard',
    uploads: 'All uploads',
    quarantine: 'Quarantine',
    users: 'Users',
    files: 'All photos',
    integrity: 'Integrity',
    webhooks: 'Webhooks',
    audit: 'Audit log',
  },
  common: {
    actions: 'Actions',
    actionsFor: 'Actions for {{name}}',
    all: 'All',
    anyone: 'Everybody',
    owner: 'Owner',
    ownerHint: 'Type a name or an address',
    noOwner: 'No such person',
    gone: 'Deleted account',
    clear: 'Clear the filters',
    filters: 'Filters',
    nothingFound: 'Nothing matches these filters',
    nothingFoundHint: 'Take one of them away to see more.',
    search: 'Search',
    size: 'Size',
    name: 'Name',
    state: 'State',
    when: 'When',
    never: 'Never',
    end: 'That is all.',
    shownOnce: 'Copy it now: it is not shown again.',
    typeToConfirm: 'Type {{word}} to confirm',
    refresh: 'Refresh',
    system: 'The system',
    done: 'Done',
  },
  ...operations,
  ...people,
} as const
