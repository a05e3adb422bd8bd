// Command configdoc writes docs/CONFIGURATION.md. It is run in the root of the
// repository, by "make generate".
package main

import (
	"fmt"
	"os"

	"safelight/internal/config/reference"
)

func main() {
	document, err := reference.Document("internal/config")
	if err == nil {
		err = os.WriteFile("docs/CONFIGURATION.md", document, 0o644) //nolint:gosec // for everybody to read
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "configdoc:", err)
		os.Exit(1)
	}
}
