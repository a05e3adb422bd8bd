package devstack

import "golang.org/x/sys/unix"

// searchCapability lets a program pass through folders that its user may not
// enter, for a stack under root's own home folder. Reading is all it needs;
// containers often have only the wider capability. Nil: this process has neither.
func searchCapability() []uintptr {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&header, &data[0]) != nil {
		return nil
	}
	for _, c := range []uintptr{unix.CAP_DAC_READ_SEARCH, unix.CAP_DAC_OVERRIDE} {
		if data[0].Permitted&(1<<c) != 0 {
			return []uintptr{c}
		}
	}
	return nil
}
