//go:build linux && !amd64 && !arm64

package imaging

// No filter has been tried on these.
const (
	auditArch        = 0
	firstForeignCall = 0
)

var archDenied []uint32
