package devstack

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// banner says where everything is and what to do next. warning and scanner,
// why there are no official virus signatures, may be empty.
func banner(a Addresses, home string, took time.Duration, warning, scanner string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n  Safelight is up (%.1f s).\n\n", took.Seconds())
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "    %-13s %s\n", name, value)
		}
	}
	row("Web app", a.APIURL+"/")
	row("API", a.APIURL+"/api/v1")
	row("API docs", a.APIURL+"/api/docs")
	row("Temporal UI", a.TemporalUIURL)
	row("Sign in", a.AdminEmail+"  "+a.AdminPassword)
	row("State, logs", home+", "+filepath.Join(home, "logs"))
	fmt.Fprintf(&b, "\n    Try it        bin/safelight upload photo.jpg%s\n    Stop          Ctrl-C\n", uploadFlags(home))
	if warning != "" {
		fmt.Fprintf(&b, "\n  NOTE: %s\n", warning)
	}
	if scanner == "" {
		b.WriteString("\n")
		return b.String()
	}
	fmt.Fprintf(&b, `
  **********************************************************************
  WARNING: there are no virus signatures but the test signatures.
  The EICAR test file is found; REAL VIRUSES ARE NOT.
  Why: %s
  **********************************************************************

`, scanner)
	return b.String()
}

// uploadFlags are those that "safelight upload" needs to find a stack that is
// not in the usual place.
func uploadFlags(home string) string {
	if home == DefaultHome {
		return ""
	}
	return " --home " + home
}
