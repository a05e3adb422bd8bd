package storage

// UseLock makes the folder work as on a file system without exclusive rename.
func (f *Folder) UseLock() {
	f.exclusive = f.locked(renameUnlessTaken)
	f.replacing = f.locked(renameReplacing)
}
