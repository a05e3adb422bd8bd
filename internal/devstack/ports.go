package devstack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"
)

// Ports of parts are taken from below the range that systems use for outgoing
// connections, so that a part that is started again finds its port still free.
const (
	firstPort = 20000
	lastPort  = 31999
)

// ErrNoFreePort says that no port of the range could be had.
var ErrNoFreePort = errors.New("no free port between 20000 and 31999")

// givenPorts are those FreePort has handed out, which may not be bound yet.
var givenPorts struct {
	sync.Mutex
	ports map[int]bool
}

// FreePort finds a port of 127.0.0.1 that nothing listens on, want if that is
// free. It never gives the same port twice in one process.
func FreePort(want int) (int, error) {
	givenPorts.Lock()
	defer givenPorts.Unlock()
	if givenPorts.ports == nil {
		givenPorts.ports = map[int]bool{}
	}
	port := want
	for range 1000 {
		if port > 0 && !givenPorts.ports[port] && portFree(port) {
			givenPorts.ports[port] = true
			return port, nil
		}
		port = firstPort + rand.IntN(lastPort-firstPort+1)
	}
	return 0, ErrNoFreePort
}

// portFree reports whether a port of 127.0.0.1 can be listened on.
func portFree(port int) bool {
	l, err := net.Listen("tcp", localAddress(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func localAddress(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// waitPortFree waits until nothing listens on the port: a process that was
// just stopped may hold it for a moment.
func waitPortFree(port int, patience time.Duration) error {
	for end := time.Now().Add(patience); !portFree(port); {
		if time.Now().After(end) {
			return fmt.Errorf("port %d is taken by another program", port)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}
