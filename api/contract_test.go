package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// contract is the served document, to hold answers against. Every answer that
// a test of this package gets is held against it: see askApp.
type contract struct {
	doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Responses   map[string]struct {
				Headers map[string]any            `json:"headers"`
				Content map[string]map[string]any `json:"content"`
			} `json:"responses"`
		} `json:"paths"`
	}
	compiler *jsonschema.Compiler
	mu       sync.Mutex
	schemas  map[string]*jsonschema.Schema // by where they are in the document
	met      map[string]map[int]int        // operation -> status -> how often
}

var theContract struct {
	once sync.Once
	*contract
	err error
}

// contractOf reads the document of the first app that asks: they are the same
// but for the address of the server.
func contractOf(t testing.TB, app *App) *contract {
	t.Helper()
	theContract.once.Do(func() {
		document, err := app.document()
		if err != nil {
			theContract.err = err
			return
		}
		theContract.contract, theContract.err = readContract(document)
	})
	require.NoError(t, theContract.err)
	return theContract.contract
}

func readContract(document []byte) (*contract, error) {
	c := &contract{compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}, met: map[string]map[int]int{}}
	if err := json.Unmarshal(document, &c.doc); err != nil {
		return nil, err
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	return c, c.compiler.AddResource("mem:///openapi.json", whole)
}

// schema compiles what a pointer into the document points at.
func (c *contract) schema(t testing.TB, steps ...string) *jsonschema.Schema {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	pointer := ""
	for _, s := range steps {
		pointer += "/" + url.PathEscape(escape.Replace(s))
	}
	if s, ok := c.schemas[pointer]; ok {
		return s
	}
	s, err := c.compiler.Compile("mem:///openapi.json#" + pointer)
	require.NoError(t, err)
	c.schemas[pointer] = s
	return s
}

// path finds the path of the document that an address belongs to.
func (c *contract) path(method, target string) (string, bool) {
	asked, _, _ := strings.Cut(target, "?")
	best, found := "", false
	for path, operations := range c.doc.Paths {
		if _, ok := operations[strings.ToLower(method)]; ok && fits(path, asked) && (!found || strings.Count(path, "{") < strings.Count(best, "{")) {
			best, found = path, true
		}
	}
	return best, found
}

func fits(path, asked string) bool {
	want, got := strings.Split(path, "/"), strings.Split(asked, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && (!strings.HasPrefix(want[i], "{") || got[i] == "") {
			return false
		}
	}
	return true
}

// hold demands that an answer is one that the document promises.
func (c *contract) hold(t testing.TB, method, target string, a answer) {
	t.Helper()
	if _, described := c.path(method, target); method == http.MethodHead && !described {
		method = http.MethodGet // the same, without its body
	}
	path, ok := c.path(method, target)
	if !ok { // of no operation: a problem, or the page that people read
		if a.Header.Get("Content-Type") == problemType {
			c.holdBody(t, a.Body, "components", "schemas", "Problem")
		}
		return
	}
	operation := c.doc.Paths[path][strings.ToLower(method)]
	status := strconv.Itoa(a.Status)
	response, ok := operation.Responses[status]
	require.True(t, ok, "%s answers %s, which the document does not say: %s", operation.OperationID, status, a.Body)
	c.mu.Lock()
	if c.met[operation.OperationID] == nil {
		c.met[operation.OperationID] = map[int]int{}
	}
	c.met[operation.OperationID][a.Status]++
	c.mu.Unlock()
	for name := range response.Headers {
		if slices.Contains([]string{"Location", "WWW-Authenticate", "Retry-After", "ETag", "Accept-Ranges"}, name) {
			require.NotEmpty(t, a.Header.Get(name), "%s %s promises the header %s", operation.OperationID, status, name)
		}
	}
	if len(a.Body) == 0 {
		return
	}
	require.NotEmpty(t, response.Content, "%s %s promises no body, and there is one: %s", operation.OperationID, status, a.Body)
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	promised := ""
	for content := range response.Content {
		if content == kind || strings.HasSuffix(content, "/*") && strings.HasPrefix(kind, strings.TrimSuffix(content, "*")) {
			promised = content
		}
	}
	require.NotEmpty(t, promised, "%s %s is %q, which the document does not say", operation.OperationID, status, kind)
	if strings.HasSuffix(kind, "json") && response.Content[promised]["schema"] != nil {
		c.holdBody(t, a.Body, "paths", path, strings.ToLower(method), "responses", status, "content", promised, "schema")
	}
}

func (c *contract) holdBody(t testing.TB, body []byte, steps ...string) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	require.NoError(t, err, "%s", body)
	require.NoError(t, c.schema(t, steps...).Validate(value), "%s", body)
}

// The examples of the document are what it says they are.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	c := contractOf(t, newBench(t).app)
	checked := 0
	for path, operations := range c.doc.Paths {
		for method, operation := range operations {
			for status, response := range operation.Responses {
				for content, media := range response.Content {
					examples, _ := media["examples"].(map[string]any)
					for _, e := range examples {
						raw, err := json.Marshal(e.(map[string]any)["value"])
						require.NoError(t, err)
						c.holdBody(t, raw, "paths", path, method, "responses", status, "content", content, "schema")
						checked++
					}
				}
			}
		}
	}
	require.Greater(t, checked, 100)
}
