package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"safelight/internal/config"
	"safelight/internal/config/reference"
)

const root = ".."

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(text)
}

// service is what these tests look at of a service.
type service struct {
	Image       string
	Build       map[string]string
	User        string
	ReadOnly    bool                         `yaml:"read_only"`
	Privileged  bool                         `yaml:"privileged"`
	CapDrop     []string                     `yaml:"cap_drop"`
	SecurityOpt []string                     `yaml:"security_opt"`
	DependsOn   map[string]map[string]string `yaml:"depends_on"`
	Environment map[string]any
	Entrypoint  []string
	Command     []string
	Ports       []string
	Volumes     []string
	Networks    []string
	Tmpfs       []string
	Restart     string
	Healthcheck struct {
		Test    []string
		Disable bool
	}
	Deploy struct {
		Resources struct {
			Limits struct {
				CPUs   string `yaml:"cpus"`
				Memory string
				PIDs   int `yaml:"pids"`
			}
		}
	}
}

type composition struct {
	Services map[string]service
	Volumes  map[string]any
	Networks map[string]map[string]any
}

func compose(t *testing.T) composition {
	t.Helper()
	var c composition
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "docker-compose.yml")), &c))
	require.Equal(t, 11, len(c.Services)) //nolint:testifylint // Len prints all of them
	return c
}

// once are services that do their work and end.
var once = []string{"temporal-schema", "temporal-namespace", "migrate"}

// ours are built here; by the program that they run.
var ours = map[string]string{"api": "api", "worker": "worker", "migrate": "migrate"}

// oneRelease: a tag of three numbers, or of two where a product has no more,
// and perhaps what it is built on. Tags such as 17 or latest wander.
var oneRelease = regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?([-_][a-z]+)*$`)

func TestEveryServiceIsBounded(t *testing.T) {
	t.Parallel()
	for name, s := range compose(t).Services {
		limits := s.Deploy.Resources.Limits
		require.NotEmpty(t, limits.CPUs, name)
		require.Regexp(t, `^\d+[MG]$`, limits.Memory, name)
		require.Positive(t, limits.PIDs, name)
		require.Contains(t, s.SecurityOpt, "no-new-privileges:true", name)
		require.False(t, s.Privileged, name)
		require.NotEmpty(t, s.Networks, name)
		if slices.Contains(once, name) {
			require.Equal(t, "on-failure:5", s.Restart, name)
			continue
		}
		require.Equal(t, "unless-stopped", s.Restart, name)
		require.NotEmpty(t, s.Healthcheck.Test, name)
		require.False(t, s.Healthcheck.Disable, name)
	}
}

func TestEveryImageIsOneRelease(t *testing.T) {
	t.Parallel()
	for name, s := range compose(t).Services {
		if _, own := ours[name]; own {
			require.Equal(t, ".", s.Build["context"], name)
			require.Contains(t, []string{"api", "worker"}, s.Build["target"], name)
			require.Equal(t, "safelight-"+s.Build["target"]+":local", s.Image, name)
			continue
		}
		require.Empty(t, s.Build, name)
		require.Regexp(t, oneRelease, s.Image, name)
	}
	for _, wanders := range []string{"postgres", "postgres:17", "postgres:latest", "temporalio/ui:v2"} {
		require.NotRegexp(t, oneRelease, wanders, "or this test shows nothing")
	}
}

func TestOurServicesNeedNothingOfTheSystem(t *testing.T) {
	t.Parallel()
	c := compose(t)
	for name := range ours {
		s := c.Services[name]
		require.True(t, s.ReadOnly, name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
		require.Empty(t, s.User, "the image says who it runs as")
	}
	require.Contains(t, c.Services["worker"].Volumes, "work:/work")
	require.Equal(t, "/work", c.Services["worker"].Environment["WORK_DIR"])
}

func TestOnlyTheAPIIsPublished(t *testing.T) {
	t.Parallel()
	c := compose(t)
	for name, s := range c.Services {
		switch name {
		case "api":
			require.Equal(t, []string{"${SAFELIGHT_BIND:?make env}:${SAFELIGHT_PORT:?make env}:8080"}, s.Ports)
		case "temporal-ui":
			require.Equal(t, []string{"127.0.0.1:${TEMPORAL_UI_PORT:?make env}:8080"}, s.Ports, "it has no sign-in")
		default:
			require.Empty(t, s.Ports, name)
		}
		if !slices.Contains([]string{"api", "temporal-ui", "worker", "clamav"}, name) {
			require.Equal(t, []string{"inside"}, s.Networks, name)
		}
	}
	require.Equal(t, true, c.Networks["inside"]["internal"])
}

// TestServicesStartInOrder: who needs another waits until that is well, or has
// done its work.
func TestServicesStartInOrder(t *testing.T) {
	t.Parallel()
	c := compose(t)
	for name, s := range c.Services {
		for other, how := range s.DependsOn {
			require.Contains(t, c.Services, other, name)
			want := "service_healthy"
			if slices.Contains(once, other) {
				want = "service_completed_successfully"
			}
			if other == "clamav" { // see the comment there
				want = "service_started"
			}
			require.Equal(t, want, how["condition"], "%s on %s", name, other)
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(source, "./") {
				require.FileExists(t, filepath.Join(root, firstFile(t, source)), name)
				require.True(t, strings.HasSuffix(v, ":ro"), "%s: %s", name, v)
				continue
			}
			require.Contains(t, c.Volumes, source, name)
		}
	}
}

// firstFile is a file, or the first one of a folder.
func firstFile(t *testing.T, path string) string {
	t.Helper()
	if info, err := os.Stat(filepath.Join(root, path)); err != nil || !info.IsDir() {
		return path
	}
	entries, err := os.ReadDir(filepath.Join(root, path))
	require.NoError(t, err)
	require.NotEmpty(t, entries, path)
	return filepath.Join(path, entries[0].Name())
}

var interpolation = regexp.MustCompile(`\$\{?([A-Z_]+)(:\?[^}]*)?\}?`)

// TestSettingsAreKnown: what compose asks for is what "make env" writes, and
// nothing else; what it hands to our programs is what they read, and all they need.
func TestSettingsAreKnown(t *testing.T) {
	t.Parallel()
	written := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([A-Z_]+)=`).FindAllStringSubmatch(read(t, "cmd/safelight/env.go"), -1) {
		written[m[1]] = true
	}
	asked := map[string]bool{}
	for line := range strings.Lines(read(t, "docker-compose.yml")) {
		code, _, _ := strings.Cut(line, " # ")
		for _, m := range interpolation.FindAllStringSubmatch(code, -1) {
			require.Equal(t, ":?make env", m[2], "%s: a variable has no default, and says where it comes from", m[1])
			asked[m[1]] = true
		}
	}
	require.Equal(t, written, asked)

	c, by := compose(t), reference.By()
	for name, program := range ours {
		known := map[string]config.Variable{}
		for _, v := range by[program] {
			known[v.Name] = v
		}
		given := c.Services[name].Environment
		for variable := range given {
			if name == "migrate" && variable == "ENVIRONMENT" {
				continue // it is as strict everywhere
			}
			require.Contains(t, known, variable, "%s does not read it", name)
		}
		for _, v := range by[program] {
			if v.Required || v.Production {
				require.Contains(t, given, v.Name, "%s needs it", name)
			}
		}
		for _, variable := range []string{"DATABASE_URL", "STORAGE_URL", "SUPABASE_SERVICE_KEY"} {
			require.Contains(t, given, variable, name)
		}
	}
	require.Contains(t, c.Services["worker"].Environment, "CLAMD_ADDRESS")
}

// TestTheScannerTakesWhatMayBeUploaded: its limits, the scans of the worker and
// the limit of uploads are said in three places.
func TestTheScannerTakesWhatMayBeUploaded(t *testing.T) {
	t.Parallel()
	settings := map[string]string{}
	for line := range strings.Lines(read(t, "deploy/clamav/clamd.conf")) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			settings[name] = value
		}
	}
	require.Equal(t, "64M", settings["StreamMaxLength"])
	require.Equal(t, "64M", settings["MaxFileSize"])
	require.Equal(t, "128M", settings["MaxScanSize"])
	require.Equal(t, "yes", settings["AlertExceedsMax"])
	require.Equal(t, "6", settings["MaxThreads"])
	require.Regexp(t, `(?m)^MAX_UPLOAD_BYTES=52428800$`, read(t, "cmd/safelight/env.go"), "50 MiB, below 64M")
	for _, v := range reference.By()["worker"] {
		if v.Name == "SCAN_CONCURRENCY" {
			require.Equal(t, "4", v.Default, "two below MaxThreads")
		}
	}
}
