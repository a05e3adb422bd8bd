package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// everyCommand calls visit with each command that people can see.
func everyCommand(root *cobra.Command, visit func(*cobra.Command)) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		visit(cmd)
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				walk(sub)
			}
		}
	}
	walk(root)
}

func everyFlag(cmd *cobra.Command, visit func(*pflag.Flag)) {
	cmd.InitDefaultHelpFlag()
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			visit(f)
		}
	})
}

// The manual has a page for each command, with each of its flags and the whole
// of what --help says.
func TestTheManualHasEveryCommandAndFlag(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "man1")
	root := rootCommand()
	root.SetArgs([]string{"man", dir})
	require.NoError(t, root.ExecuteContext(t.Context()))
	pages := 0
	everyCommand(rootCommand(), func(cmd *cobra.Command) {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
		page, err := os.ReadFile(filepath.Join(dir, name+".1"))
		if strings.HasPrefix(name, "safelight-help") {
			return // the help of the help
		}
		require.NoError(t, err)
		pages++
		text := strings.ReplaceAll(string(page), `\-`, "-")
		require.Contains(t, text, `.TH "SAFELIGHT" "1"`)
		everyFlag(cmd, func(f *pflag.Flag) {
			require.Contains(t, text, "--"+f.Name, name)
		})
	})
	written, err := filepath.Glob(filepath.Join(dir, "*.1"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, pages, 14)
	require.Len(t, written, pages)
}

// complete is what a shell gets to offer for a line.
func complete(t *testing.T, args ...string) string {
	t.Helper()
	root := rootCommand()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&bytes.Buffer{})
	root.SetArgs(append([]string{cobra.ShellCompRequestCmd}, args...))
	require.NoError(t, root.ExecuteContext(t.Context()))
	return out.String()
}

// Shells ask the program itself what fits: every command and flag is offered.
func TestCompletionOffersEveryCommandAndFlag(t *testing.T) {
	t.Parallel()
	everyCommand(rootCommand(), func(cmd *cobra.Command) {
		words := strings.Fields(cmd.CommandPath())[1:]
		if len(words) > 0 {
			require.Contains(t, complete(t, words...), words[len(words)-1]+"\t", cmd.CommandPath())
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { // while one that is needed is missing, it alone is offered
			if f.Annotations[cobra.BashCompOneRequiredFlag] != nil {
				require.Contains(t, complete(t, append(words, "--")...), "--"+f.Name)
				words = append(words, "--"+f.Name, "x")
			}
		})
		offered := complete(t, append(words, "--")...)
		everyFlag(cmd, func(f *pflag.Flag) {
			if !slices.Contains(words, "--"+f.Name) {
				require.Contains(t, "\n"+offered, "\n--"+f.Name, cmd.CommandPath())
			}
		})
	})
	require.Contains(t, complete(t, "import", "--names", ""), "auto\nbase\npath\n")
	require.Contains(t, complete(t, "upload", ""), ":0\n", "files, as the shell knows them")
}

// The scripts are ones that the shells themselves take, where they are here.
func TestCompletionScripts(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		root := rootCommand()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs([]string{"completion", shell})
		require.NoError(t, root.ExecuteContext(t.Context()))
		require.Contains(t, out.String(), "safelight")
		program, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("%s is not installed: its script is not tried", shell)
			continue
		}
		script := filepath.Join(t.TempDir(), "script")
		require.NoError(t, os.WriteFile(script, out.Bytes(), 0o600))
		said, err := exec.CommandContext(t.Context(), program, "-n", script).CombinedOutput()
		require.NoError(t, err, "%s: %s", shell, said)
	}
}
