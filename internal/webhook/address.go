package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"syscall"
)

// ErrAddress is an address that nothing is delivered to.
var ErrAddress = errors.New("address is not allowed for webhooks")

// notPublic are the networks that netip does not know as private or special
// and that are no destination on the internet all the same (IANA's registries
// of special-purpose addresses), or that lead to an IPv4 address by the back door.
var notPublic = func() (out []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// public reports whether an address is one of the internet: not of this
// machine, of a network behind it, or of a cloud's own services.
func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// CheckURL says whether something may be delivered to an address as it is
// written. allowPrivate lets plain HTTP and private hosts pass. Names are
// judged when they are looked up, at each delivery: see Sender.
func CheckURL(text string, allowPrivate bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("%w: it is no URL", ErrAddress)
	case u.Scheme != "https" && (u.Scheme != "http" || !allowPrivate):
		return fmt.Errorf("%w: it must begin with https://", ErrAddress)
	case u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return fmt.Errorf("%w: it must have a host, and neither credentials nor a fragment", ErrAddress)
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !allowPrivate && !public(ip) {
		return fmt.Errorf("%w: %s is not an address of the internet", ErrAddress, ip)
	}
	return nil
}

// guard is a net.Dialer's Control: it sees the address that a name was
// resolved to, right before the connection, so that neither a redirect nor a
// name that resolves differently the second time gets past it.
func guard(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrAddress, address)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !public(ip) {
		return fmt.Errorf("%w: it resolves to %s, which is not of the internet", ErrAddress, host)
	}
	return nil
}
