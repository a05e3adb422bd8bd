// Command deploy reads docker-compose.yml and the Dockerfiles as Docker would:
// by Compose's own loader, which holds the file against the schema of its
// specification and resolves what services refer to, and by BuildKit's parser.
// It runs nothing. Its tree of dependencies is large: it is a module of its own.
//
//	deploy ROOT-OF-THE-REPOSITORY
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: deploy ROOT")
		os.Exit(2)
	}
	root := os.Args[1]
	err := errors.Join(
		compose(root),
		dockerfile(filepath.Join(root, "Dockerfile"), "api", "worker"),
		dockerfile(filepath.Join(root, "deploy/clamav/Dockerfile"), "clamav"),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// required finds what the file demands of .env.
var required = regexp.MustCompile(`\$\{([A-Z_]+):\?`)

// compose loads the file with a value for everything that it demands, and once
// without: then it has to be refused.
func compose(root string) error {
	path := filepath.Join(root, "docker-compose.yml")
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the composition: %w", err)
	}
	var environ []string
	for _, m := range required.FindAllStringSubmatch(string(text), -1) {
		value := "8080" // good as a port too
		if m[1] == "SAFELIGHT_SUBNET" {
			value = "172.31.250.0/24"
		}
		if m[1] == "SAFELIGHT_BIND" {
			value = "127.0.0.1"
		}
		environ = append(environ, m[1]+"="+value)
	}
	load := func(environ []string) error {
		options, err := cli.NewProjectOptions([]string{path}, cli.WithEnv(environ), cli.WithInterpolation(true), cli.WithResolvedPaths(true))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if _, err := options.LoadProject(context.Background()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	if err := load(environ); err != nil {
		return err
	}
	if load(nil) == nil {
		return fmt.Errorf("%s: loads without its secrets", path)
	}
	return nil
}

// dockerfile parses every instruction, and looks for the targets.
func dockerfile(path string, targets ...string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the Dockerfile: %w", err)
	}
	defer f.Close()
	parsed, err := parser.Parse(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, w := range parsed.Warnings {
		err = errors.Join(err, fmt.Errorf("%s: %s", path, w.Short))
	}
	for _, target := range targets {
		if _, there := instructions.HasStage(stages, target); !there {
			err = errors.Join(err, fmt.Errorf("%s: has no target %s", path, target))
		}
	}
	return err
}
