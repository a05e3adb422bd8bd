package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// measureImaging measures what pictures cost and win, before the stack is
// there to disturb it: a program of its own, since this one links no codec.
func measureImaging(ctx context.Context, program, corpus string) (json.RawMessage, error) {
	cmd := exec.CommandContext(ctx, program, "-corpus", corpus)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("measure pictures (run `make bench`, which builds %s): %w", program, err)
	}
	return out, nil
}
