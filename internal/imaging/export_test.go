package imaging

import "io"

// What the tests of the pool look at from outside the package, because the
// codec that their children use imports it.
var (
	Sweep    = sweep
	ChildEnv = childEnv

	Isolate            = isolate
	ProveNetworkDenied = proveNetworkDenied
)

// Check is the check of a request.
func (r Request) Check() error { return r.check() }

// TempDir is where the children have their folders.
func (p *Pool) TempDir() string { return p.config.TempDir }

// Idle is how many children wait for work.
func (p *Pool) Idle() int { return len(p.slots) }

// Borrow takes a place out of the pool; giveBack returns it.
func (p *Pool) Borrow() (c *Child, giveBack func()) {
	s := <-p.slots
	return &Child{s.child}, func() { p.slots <- s }
}

// Child is a child that the pool does not use at the moment.
type Child struct{ *child }

// PID is its process id.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Temp is its folder.
func (c *Child) Temp() string { return c.temp }

// End kills it and waits for its end.
func (c *Child) End() error {
	err := c.cmd.Process.Kill()
	<-c.ended
	return err
}

// Refuse is what a child says that will not work.
func Refuse(w io.Writer, why string) error { return writeFrame(w, hello{Error: why}) }

// GreetUnfiltered is what a child says that could not be kept from the network.
func GreetUnfiltered(w io.Writer, why string) error { return writeFrame(w, hello{Unfiltered: why}) }
