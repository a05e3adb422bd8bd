package deploy

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// stage is one FROM of the Dockerfile and the instructions after it.
type stage struct {
	from, name string
	lines      []string
}

// stages reads the Dockerfile: comments out, continued lines joined.
func stages(t *testing.T, path string) []stage {
	t.Helper()
	var all []stage
	joined := ""
	for line := range strings.Lines(read(t, path)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		joined += line
		if strings.HasSuffix(joined, `\`) {
			joined = strings.TrimSuffix(joined, `\`)
			continue
		}
		if from, ok := strings.CutPrefix(joined, "FROM "); ok {
			image, name, named := strings.Cut(from, " AS ")
			require.True(t, named, "%s has no name", image)
			all = append(all, stage{from: image, name: name})
		} else if len(all) > 0 {
			s := &all[len(all)-1]
			s.lines = append(s.lines, joined)
		}
		joined = ""
	}
	return all
}

// pinned: a version of two numbers or more or a date, and what it is built on.
var pinned = regexp.MustCompile(`^[a-z/-]+:(\d+(\.\d+)+|bookworm-\d{8})(-[a-z]+)*$|^clamav/clamav:\d+\.\d+\.\d+_base$`)

func TestTheDockerfile(t *testing.T) {
	t.Parallel()
	all := stages(t, "Dockerfile")
	byName := map[string]stage{}
	for _, s := range all {
		if _, stage := byName[s.from]; !stage && s.from != "${SAFELIGHT_IMAGE}" {
			require.Regexp(t, pinned, s.from, s.name)
		}
		byName[s.name] = s
		for _, line := range s.lines {
			require.NotRegexp(t, `^ADD `, line, "COPY says what comes from where")
			require.NotContains(t, line, "curl ")
			require.NotContains(t, line, "sudo ")
			if strings.Contains(line, "apt-get install") {
				require.Contains(t, line, "apt-get update &&", s.name)
				require.Contains(t, line, "--no-install-recommends", s.name)
				require.Contains(t, line, "rm -rf /var/lib/apt/lists/*", s.name)
			}
		}
	}
	for _, target := range []string{"api", "worker"} {
		text := strings.Join(byName[target].lines, "\n")
		require.Contains(t, text, "USER 65532:65532", "%s does not run as root", target)
		require.Contains(t, text, "\nHEALTHCHECK ", target)
		require.Regexp(t, `(?m)^ENTRYPOINT \["/usr/local/bin/`+target+`"\]$`, text, "no shell between us and the signals")
		require.Less(t, strings.LastIndex(text, "RUN "), strings.Index(text, "USER "), target)
	}
	require.NotContains(t, strings.Join(byName["api"].lines, "\n"), "libvips")
	require.Contains(t, strings.Join(byName["api-build"].lines, "\n"), "CGO_ENABLED=0 go build")
	require.Equal(t, "final", all[len(all)-1].name)
}

func TestOneVersionOfGo(t *testing.T) {
	t.Parallel()
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	require.Len(t, version, 2)
	require.Contains(t, read(t, "Dockerfile"), "FROM golang:"+version[1]+"-bookworm AS modules\n")
}

// TestNoSecretGetsIntoAnImage: what holds secrets is not sent to the builder.
func TestNoSecretGetsIntoAnImage(t *testing.T) {
	t.Parallel()
	ignored := strings.Split(read(t, ".dockerignore"), "\n")
	for _, path := range []string{".env", ".env.*", "settings.env", ".data", ".git"} {
		require.Contains(t, ignored, path)
	}
	kept := strings.Split(read(t, ".gitignore"), "\n")
	for _, path := range []string{"/.env", "/settings.env"} {
		require.Contains(t, kept, path)
	}
}
