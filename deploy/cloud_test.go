package deploy

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"safelight/api/web"
	"safelight/internal/config"
	"safelight/internal/config/reference"
)

type blueprint struct {
	EnvVarGroups []struct {
		Name    string
		EnvVars []renderVariable `yaml:"envVars"`
	} `yaml:"envVarGroups"`
	Services []struct {
		Name, Runtime    string
		HealthCheckPath  string           `yaml:"healthCheckPath"`
		DockerfilePath   string           `yaml:"dockerfilePath"`
		PreDeployCommand string           `yaml:"preDeployCommand"`
		EnvVars          []renderVariable `yaml:"envVars"`
	}
}

type renderVariable struct {
	Key       string
	Value     string
	Sync      *bool
	FromGroup string `yaml:"fromGroup"`
}

// TestRender: each service is given what its program needs, nothing that it
// does not read, and no secret in the file.
func TestRender(t *testing.T) {
	t.Parallel()
	var b blueprint
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "render.yaml")), &b))
	require.Len(t, b.Services, 3)
	groups := map[string][]renderVariable{}
	for _, g := range b.EnvVarGroups {
		groups[g.Name] = g.EnvVars
	}
	by := reference.By()
	for _, s := range b.Services {
		require.Equal(t, "docker", s.Runtime)
		require.FileExists(t, root+"/"+s.DockerfilePath)
		program, ours := strings.CutPrefix(s.Name, "safelight-")
		if ours = ours && by[program] != nil; !ours {
			continue
		}
		known, given := map[string]config.Variable{}, map[string]renderVariable{}
		for _, v := range by[program] {
			known[v.Name] = v
		}
		for _, v := range s.EnvVars {
			if v.FromGroup != "" {
				require.Contains(t, groups, v.FromGroup)
				for _, shared := range groups[v.FromGroup] {
					given[shared.Key] = shared
				}
				continue
			}
			given[v.Key] = v
		}
		require.Equal(t, program, given["SAFELIGHT_IMAGE"].Value, "which stage of the Dockerfile")
		for name, v := range given {
			if name == "SAFELIGHT_IMAGE" || name == "PORT" { // of the build, and of Render
				continue
			}
			require.Contains(t, known, name, "%s does not read it", program)
			if known[name].Secret {
				require.Empty(t, v.Value, name)
				require.NotNil(t, v.Sync, name)
				require.False(t, *v.Sync, "%s is asked for, and not in the file", name)
			}
		}
		for _, v := range by[program] {
			if v.Required || v.Production {
				require.Contains(t, given, v.Name, "%s needs it", program)
			}
		}
		require.Contains(t, given, "DATABASE_DIRECT_URL", "behind a transaction pooler")
	}
	require.Equal(t, "/healthz", b.Services[0].HealthCheckPath)
	require.Equal(t, "/usr/local/bin/safelight migrate", b.Services[0].PreDeployCommand)
}

type vercel struct {
	Rewrites []struct{ Source, Destination string }
	Headers  []struct {
		Source  string
		Headers []struct{ Key, Value string }
	}
}

// TestVercel: pages from there have the headers that our own server gives them,
// and their policy differs by the address of the API alone.
func TestVercel(t *testing.T) {
	t.Parallel()
	var v vercel
	require.NoError(t, json.Unmarshal([]byte(read(t, "client/vercel.json")), &v))
	require.Len(t, v.Headers, 2)
	headers := map[string]string{}
	for _, h := range v.Headers[0].Headers {
		headers[h.Key] = h.Value
	}
	policy := headers["Content-Security-Policy"]
	api := regexp.MustCompile(`connect-src 'self' (https://[a-z0-9.:-]+);`).FindStringSubmatch(policy)
	require.Len(t, api, 2)
	require.Equal(t, web.Policy("https://project.supabase.co"), strings.ReplaceAll(policy, " "+api[1], ""), "pictures may come from the store")
	require.Equal(t, 2, strings.Count(policy, api[1]), "pictures and calls")
	require.Equal(t, "nosniff", headers["X-Content-Type-Options"])
	require.Equal(t, "DENY", headers["X-Frame-Options"])
	require.Equal(t, "no-referrer", headers["Referrer-Policy"])
	require.NotContains(t, headers, "Cache-Control", "Vercel has pages asked for anew, and two rules must not disagree about the rest")
	require.Equal(t, "/assets/(.*)", v.Headers[1].Source)
	require.Equal(t, "public, max-age=31536000, immutable", v.Headers[1].Headers[0].Value, "their names hold a hash")

	require.Len(t, v.Rewrites, 1)
	require.Equal(t, "/index.html", v.Rewrites[0].Destination)
	require.Equal(t, "/((?!assets/|api/|s/).*)", v.Rewrites[0].Source, "what is gone is not found, and no page in its place")
}
