package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"safelight/internal/devstack"
	"safelight/internal/uploader"
)

// serverFlags say which server a command works on, and as whom.
type serverFlags struct {
	server string
	token  string
	home   string
}

func (f *serverFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.server, "server", "", "the server's URL (default: that of the development stack)")
	flags.StringVar(&f.token, "token", "", "a personal access token (default: SAFELIGHT_TOKEN)")
	flags.StringVar(&f.home, "home", ".data", "the folder of the development stack")
}

// connect signs in. done signs out again, and says on errOut what went wrong with that.
func (f serverFlags) connect(ctx context.Context, opts uploader.Options, errOut io.Writer) (client *uploader.Client, done func(), err error) {
	if f.token == "" {
		f.token = os.Getenv("SAFELIGHT_TOKEN")
	}
	where, err := f.options()
	if err != nil {
		return nil, nil, err
	}
	opts.Server, opts.Credentials = where.Server, where.Credentials
	if client, err = uploader.New(opts); err != nil {
		return nil, nil, fmt.Errorf("connect: %w", err)
	}
	if err := client.SignIn(ctx); err != nil {
		return nil, nil, fmt.Errorf("sign in at %s: %w", opts.Server, err)
	}
	return client, func() {
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if err := client.Close(bye); err != nil {
			_, _ = fmt.Fprintln(errOut, "safelight:", err)
		}
	}, nil
}

// notesFolder is where a command notes what the next run of it goes on with. A
// user without a folder for caches has none: a run goes on by itself alone.
func notesFolder(name string) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "safelight", name)
}

// options finds out where to and as whom.
func (f serverFlags) options() (uploader.Options, error) {
	opts := uploader.Options{Server: f.server, Credentials: uploader.Credentials{Token: f.token}}
	if opts.Server != "" && opts.Credentials.Token != "" {
		return opts, nil
	}
	path := filepath.Join(f.home, devstack.DevFile)
	dev, err := readDevFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return opts, fmt.Errorf("no development stack has written %s: start one with \"make run\", or give --server with --token (or SAFELIGHT_TOKEN)", path)
	}
	if err != nil {
		return opts, err
	}
	if opts.Server == "" {
		opts.Server = dev.APIURL
	}
	if opts.Credentials.Token == "" {
		if !sameServer(opts.Server, dev.APIURL) { // its password is nobody else's business
			return opts, fmt.Errorf("a token is needed for %s: give --token or SAFELIGHT_TOKEN (%s is for %s)", opts.Server, path, dev.APIURL)
		}
		opts.Credentials.Email, opts.Credentials.Password = dev.AdminEmail, dev.AdminPassword
	}
	return opts, nil
}

func readDevFile(path string) (devstack.Addresses, error) {
	var dev devstack.Addresses
	b, err := os.ReadFile(path)
	if err != nil {
		return dev, fmt.Errorf("read the development stack's file: %w", err)
	}
	if err := json.Unmarshal(b, &dev); err != nil {
		return dev, fmt.Errorf("read %s: %w", path, err)
	}
	return dev, nil
}

// sameServer compares scheme, host and port; every name of this machine is one.
func sameServer(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	if errA != nil || errB != nil || ua.Host == "" || ua.Scheme != ub.Scheme || ua.Port() != ub.Port() {
		return false
	}
	return ua.Hostname() == ub.Hostname() || isLoopback(ua.Hostname()) && isLoopback(ub.Hostname())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
