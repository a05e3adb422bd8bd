//go:build !linux

package imaging_test

func denied() map[string]func() error { return nil }
