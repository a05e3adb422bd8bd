package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Origins are where pages may come from that use the API: scheme, host and
// port, as browsers write them, separated by commas.
type Origins []string

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Origins) UnmarshalText(text []byte) error {
	var all Origins
	for one := range strings.SplitSeq(string(text), ",") {
		origin, err := parseOrigin(strings.TrimSpace(one))
		if err != nil {
			return err
		}
		all = append(all, origin)
	}
	*o = all
	return nil
}

// parseOrigin writes an origin as browsers do: in small letters, without the
// port that its scheme has anyway.
func parseOrigin(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("%q is not an origin such as https://app.example.org", text)
	case strings.Contains(u.Host, "*"):
		return "", fmt.Errorf("%q: origins are named one by one, without wildcards", text)
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("%q: an origin ends with the host or the port", text)
	}
	host := strings.ToLower(u.Host)
	if port := u.Port(); port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, nil
}

// check holds the origins against the address of the API: browsers send our
// cookies, which are SameSite=Strict, only within one site.
func (o Origins) check(f *faults, public *url.URL) {
	for _, origin := range o {
		u, err := url.Parse(origin)
		if err != nil || public == nil {
			continue // told already
		}
		if u.Scheme != public.Scheme || site(u.Hostname()) == "" || site(u.Hostname()) != site(public.Hostname()) {
			f.add("WEB_ORIGINS", "%s and PUBLIC_URL (%s://%s) are not of one site, and browsers send cookies only within one: "+
				"give both names under one domain (app.example.org and api.example.org, or app.safelight.localhost and "+
				"api.safelight.localhost)", origin, public.Scheme, public.Host)
		}
	}
}

// site is what browsers call the site of a host: the domain that somebody could
// register. An address and a name without a domain have none: Chrome shows no
// picture of one port of them on another.
func site(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return domain
}

// Proxies are the networks whose X-Forwarded-For is believed, separated by
// commas, or none.
type Proxies []netip.Prefix

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Proxies) UnmarshalText(text []byte) error {
	if strings.TrimSpace(string(text)) == "none" {
		*p = nil
		return nil
	}
	var all Proxies
	for one := range strings.SplitSeq(string(text), ",") {
		one = strings.TrimSpace(one)
		prefix, err := netip.ParsePrefix(one)
		if err != nil {
			addr, addrErr := netip.ParseAddr(one)
			if addrErr != nil {
				return fmt.Errorf("%q is neither an address, a network such as 10.0.0.0/8, nor none", one)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		if prefix.Bits() == 0 {
			return fmt.Errorf("%s is everybody, who could then write down any address as their own", one)
		}
		all = append(all, prefix.Masked())
	}
	*p = all
	return nil
}

// checkAddress wants host:port.
func checkAddress(f *faults, variable, address string) {
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		f.add(variable, "%q is not host:port", address)
	}
}

// checkURL wants an absolute http or https URL without credentials.
func checkURL(f *faults, variable, text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		f.add(variable, "must be an absolute http or https URL without credentials")
		return nil
	}
	return u
}
