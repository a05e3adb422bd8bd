package storage

// UseLock makes the folder work as on a file system without exclusive rename.
func (f *Folder) UseLock() {
	f.exclusive = f.locked(renameUnlessTaken)
	f.replacing = f.locked(renameReplacing)
}

// BaseOf is the base URL that a Supabase store uses.
func BaseOf(s Store) string { return s.(*Supabase).base } //nolint:forcetypeassert // a test's store
