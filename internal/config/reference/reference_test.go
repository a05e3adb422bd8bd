package reference

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../../.."

func TestTheDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	want, err := Document("..")
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(root, "docs/CONFIGURATION.md"))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run make generate")
	for program, variables := range By() {
		require.NotEmpty(t, variables, program)
		for _, v := range variables {
			require.Contains(t, string(got), "| `"+v.Name+"` |", program)
		}
	}
}

func TestAFieldWithoutACommentIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.go"), []byte("package config\n\ntype Common struct {\n\tEnvironment string // known\n}\n"), 0o600))
	_, err := Document(dir)
	require.ErrorContains(t, err, "LOG_LEVEL")
	require.NotContains(t, err.Error(), "ENVIRONMENT:")
}

// passOn are functions that hand a name on: where they are called, the name is looked for.
var passOn = []string{"given"}

// namedElsewhere are reads of a variable whose name is in a table or a
// constant; what they read is listed in the document by hand.
var namedElsewhere = []string{
	"internal/devstack/environ.go", "internal/testkit/testkit.go", "internal/testkit/testenv/main.go",
}

// TestEveryVariableThatIsReadIsDocumented: nothing but tests and examples, which
// are programs of their own, reads a variable that the document does not name.
func TestEveryVariableThatIsReadIsDocumented(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join(root, "docs/CONFIGURATION.md"))
	require.NoError(t, err)
	reads := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "client" || d.Name() == "docs" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !readsVariable(call.Fun) || len(call.Args) == 0 {
				return true
			}
			reads++
			name, literal := call.Args[0].(*ast.BasicLit)
			relative, relErr := filepath.Rel(root, path)
			require.NoError(t, relErr)
			if !literal {
				require.Contains(t, namedElsewhere, filepath.ToSlash(relative), "a variable is read whose name is not to be seen")
				return true
			}
			variable, unquoteErr := strconv.Unquote(name.Value)
			require.NoError(t, unquoteErr)
			require.True(t, strings.Contains(string(document), "`"+variable+"`"), "%s reads %s", relative, variable) //nolint:testifylint // Contains prints all of it
			return true
		})
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, reads, 10, "or nothing was looked at")
}

func readsVariable(fun ast.Expr) bool {
	switch f := fun.(type) {
	case *ast.SelectorExpr:
		x, ok := f.X.(*ast.Ident)
		return ok && x.Name == "os" && (f.Sel.Name == "Getenv" || f.Sel.Name == "LookupEnv")
	case *ast.Ident:
		return slices.Contains(passOn, f.Name)
	}
	return false
}
