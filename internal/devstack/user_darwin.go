package devstack

// searchCapability: macOS has no capabilities.
func searchCapability() []uintptr { return nil }
