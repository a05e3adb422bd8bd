package devstack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// TemporalVersion is the version of Temporal's command line tool that
// scripts/temporal.sh builds and keeps where FindTemporal looks. tools/go.mod
// pins the same one.
const TemporalVersion = "v1.5.1"

// brewPrefixes are where Homebrew keeps its packages.
var brewPrefixes = []string{"/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"}

// MissingError is a program that is needed and not installed.
type MissingError struct {
	Program string
	Advice  string // how to get it
}

// Error implements error.
func (e *MissingError) Error() string { return e.Program + " is missing" }

// findProgram looks for a program on the PATH and in the folders where
// systems keep the ones meant for administrators, which are not on every PATH.
func findProgram(name, advice string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return absolute(path)
	}
	dirs := []string{"/usr/sbin", "/usr/local/sbin", "/sbin"}
	for _, p := range brewPrefixes {
		dirs = append(dirs, p+"/sbin", p+"/bin", p+"/opt/clamav/sbin", p+"/opt/clamav/bin")
	}
	for _, d := range dirs {
		if path := filepath.Join(d, name); executable(path) {
			return path, nil
		}
	}
	return "", &MissingError{Program: name, Advice: advice}
}

// absolute is the path whatever folder a program is started in.
func absolute(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	return full, nil
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// minPostgres is the oldest major version that Safelight is made for.
const minPostgres = 15

// findPostgres finds the folder with PostgreSQL's server programs: of the
// newest version, or of exactly this major version when it is not 0 (a cluster
// can only be opened by the version that made it).
func findPostgres(major int) (string, error) {
	var dirs []string
	patterns := []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"}
	for _, p := range brewPrefixes {
		patterns = append(patterns, p+"/opt/postgresql@*/bin", p+"/opt/postgresql/bin")
	}
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err != nil {
			return "", fmt.Errorf("look for PostgreSQL: %w", err)
		}
		dirs = append(dirs, found...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	best, bestMajor := "", 0
	for _, d := range dirs {
		m := postgresMajor(d)
		if m >= minPostgres && m > bestMajor && (major == 0 || m == major) {
			best, bestMajor = d, m
		}
	}
	if best == "" {
		what := fmt.Sprintf("version %d or newer", minPostgres)
		if major != 0 {
			what = fmt.Sprintf("version %d, which made the data folder and alone can open it", major)
		}
		return "", &MissingError{
			Program: "PostgreSQL's server (" + what + ")",
			Advice:  "install it by " + installAdvice("postgresql", "postgresql@17") + ", or set DATABASE_URL to one that runs elsewhere",
		}
	}
	return best, nil
}

// postgresMajor asks a folder's postgres for its version; 0 if there is none.
func postgresMajor(bin string) int {
	if !executable(filepath.Join(bin, "initdb")) {
		return 0
	}
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	words := strings.Fields(string(out)) // postgres (PostgreSQL) 15.18 (Debian …)
	i := slices.Index(words, "(PostgreSQL)")
	if i < 0 || i+1 >= len(words) {
		return 0
	}
	digits := strings.FieldsFunc(words[i+1], func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	major, err := strconv.Atoi(digits[0])
	if err != nil {
		return 0
	}
	return major
}

// FindTemporal finds Temporal's command line tool: on the PATH, or where
// scripts/temporal.sh has built it.
func FindTemporal() (string, error) {
	if path, err := exec.LookPath("temporal"); err == nil {
		return absolute(path)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "temporal-"+TemporalVersion, "temporal")
	if executable(path) {
		return path, nil
	}
	return "", &MissingError{Program: "Temporal's command line tool", Advice: `build it once by "make deps" (a few minutes), or put a "temporal" on the PATH`}
}

// cacheDir is where built tools are kept, the same as in scripts/.
func cacheDir() (string, error) {
	if dir := os.Getenv("SAFELIGHT_CACHE"); dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "safelight"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	return filepath.Join(home, ".cache", "safelight"), nil
}

// installAdvice is how a missing system package is had.
func installAdvice(debian, brew string) string {
	if runtime.GOOS == "darwin" {
		return fmt.Sprintf(`"make deps" or "brew install %s"`, brew)
	}
	return fmt.Sprintf(`"make deps" or "apt-get install %s"`, debian)
}
