package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// readVariable is the value of a variable in a file of lines NAME=value.
func readVariable(path, name string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the settings: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && key == name {
			return value, nil
		}
	}
	return "", fmt.Errorf("%s has no line %s=", path, name)
}

// replaceVariable changes one line of a file and leaves the others as they are.
// The file is there as it was, or as it shall be, and never in part.
func replaceVariable(path, name, value string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	found := false
	for i, line := range lines {
		if key, _, ok := strings.Cut(strings.TrimSpace(line), "="); ok && key == name {
			lines[i], found = name+"="+value+"\n", true
		}
	}
	if !found {
		return fmt.Errorf("%s has no line %s=", path, name)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	next, err := os.CreateTemp(filepath.Dir(path), ".env-") // for its owner alone
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	_, err = next.WriteString(strings.Join(lines, ""))
	if err = errors.Join(err, next.Chmod(info.Mode().Perm()), next.Sync(), next.Close()); err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write the settings: %w", errors.Join(err, os.Remove(next.Name())))
	}
	return nil
}

// createPrivate writes a new file that its owner alone may read. One that is
// there stays as it is: os.ErrExist.
func createPrivate(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the settings: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}
