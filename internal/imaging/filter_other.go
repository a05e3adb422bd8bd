//go:build !linux

package imaging

import (
	"fmt"
	"runtime"
)

func denyNetwork() error { return fmt.Errorf("%w on %s", errNoFilter, runtime.GOOS) }

func proveNetworkDenied() error { return nil }
