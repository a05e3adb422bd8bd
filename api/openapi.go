package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// The names of the security schemes of the document.
const (
	schemeBearer = "bearer"
	schemeToken  = "token"
	schemeCookie = "cookie"
)

// humaConfig is Huma without its own pages: its docs page loads scripts from
// elsewhere, and its schema links are more than a client needs.
func humaConfig(cfg Config) huma.Config {
	c := huma.DefaultConfig("Safelight", cfg.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.RejectUnknownQueryParameters = true
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Info.Description = "Takes in images, safely and durably. Every error is an RFC 9457 problem with a stable code."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Tags = documentTags()
	c.Servers = []*huma.Server{{URL: cfg.PublicURL}}
	access := cookieNames(cfg.SecureCookies).access
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		schemeBearer: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An access token, from signing in."},
		schemeToken:  {Type: "http", Scheme: "bearer", BearerFormat: "sl_…", Description: "A personal access token. It must be made for the scope that the operation names; no scope includes another."},
		schemeCookie: {Type: "apiKey", In: "cookie", Name: access, Description: "For browsers. A request that changes something must come from the same origin."},
	}
	return c
}

// describe writes a route as an operation of the document.
func (a *App) describe(r Route) huma.Operation {
	op := huma.Operation{
		OperationID: r.ID, Method: r.Method, Path: r.Path, Tags: []string{r.Tag}, Summary: r.Summary,
		Description: r.Description, DefaultStatus: r.Status, MaxBodyBytes: maxJSONBody + 2,
		Parameters: r.Parameters, RequestBody: r.RequestBody, Responses: map[string]*huma.Response{},
	}
	for status, response := range r.Responses {
		op.Responses[status] = response
	}
	if r.Permission == Public {
		op.Security = []map[string][]string{}
	} else {
		op.Security = securityOf(r)
	}
	a.describeProblems(&op, codesOf(r))
	a.described = append(a.described, r)
	return op
}

// securityOf lists the credentials that a route takes, one of which is enough.
func securityOf(r Route) []map[string][]string {
	out := []map[string][]string{{schemeBearer: {}}, {schemeCookie: {}}}
	if !r.SessionOnly {
		out = append(out, map[string][]string{schemeToken: {string(scopeOf(r))}})
	}
	return out
}

// codesOf lists all problems that a route may answer with: its own, and those
// that come of its permission and of being a route.
func codesOf(r Route) []Code {
	codes := append(slices.Clone(r.Codes), CodeValidation, CodeInternal)
	if r.Permission != Public {
		codes = append(codes, CodeUnauthenticated, CodeAccountSuspended, CodeUnavailable) // the database is asked who it is
		if r.SessionOnly {
			codes = append(codes, CodeTokenNotAllowed)
		} else {
			codes = append(codes, CodeInsufficientScope)
		}
	}
	if r.Permission == ForAdmins {
		codes = append(codes, CodeForbidden)
	}
	if changes(r.Method) {
		codes = append(codes, CodeCrossOrigin)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// operationOf finds a route's operation in the document.
func operationOf(doc *huma.OpenAPI, r Route) *huma.Operation {
	item := doc.Paths[r.Path]
	if item == nil {
		return &huma.Operation{}
	}
	op := map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPatch: item.Patch, http.MethodPut: item.Put,
		http.MethodDelete: item.Delete, http.MethodHead: item.Head, http.MethodOptions: item.Options,
	}[r.Method]
	if op == nil {
		return &huma.Operation{}
	}
	return op
}

// schemaName names the schema of a type: views go without the word, and a page
// is called by what is on it.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if item, ok := strings.CutPrefix(name, "Page"); ok && item != "" {
		name = item + "Page"
	}
	return strings.ReplaceAll(name, "View", "")
}

// describeProblems lists the codes of an operation by their status, each with
// an example of what it looks like.
func (a *App) describeProblems(op *huma.Operation, codes []Code) {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(problemGoType, true, "Problem")
	byStatus := map[int][]Code{}
	for _, code := range codes {
		status := codeTable[code].Status
		byStatus[status] = append(byStatus[status], code)
	}
	for status, codes := range byStatus {
		examples := map[string]*huma.Example{}
		words := make([]string, len(codes))
		for i, code := range codes {
			words[i] = "`" + string(code) + "`"
			p := problem(code, "", nil)
			p.RequestID = "0190d5c2-7b1e-7c3a-9f00-3f6a1c2d4e5f"
			if code == CodeValidation {
				p.Errors = []Fault{{Location: "query.limit", Message: "expected number <= 200"}}
			}
			examples[string(code)] = &huma.Example{Summary: p.Title, Value: p}
		}
		if op.Responses[strconv.Itoa(status)] != nil {
			continue // the route describes an answer of its own
		}
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: statusText(status) + ": " + strings.Join(words, ", "),
			Headers:     problemHeaders(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema, Examples: examples}},
		}
	}
}

// problemHeaders are what goes with the problems of a status.
func problemHeaders(status int) map[string]*huma.Param {
	number := &huma.Schema{Type: huma.TypeInteger, Minimum: ptr(0.0)}
	switch status {
	case http.StatusUnauthorized:
		return map[string]*huma.Param{"WWW-Authenticate": {Schema: &huma.Schema{Type: huma.TypeString}}}
	case http.StatusServiceUnavailable:
		return map[string]*huma.Param{"Retry-After": {Description: "Seconds.", Schema: number}}
	case http.StatusTooManyRequests:
		return map[string]*huma.Param{
			"Retry-After":         {Description: "Seconds.", Schema: number},
			"RateLimit-Limit":     {Description: "Where requests are counted: how many may come at once.", Schema: number},
			"RateLimit-Remaining": {Description: "How many are left.", Schema: number},
			"RateLimit-Reset":     {Description: "Seconds until all of them are there again.", Schema: number},
		}
	}
	return nil
}

// completeDocument adds what routes leave unsaid. The document does not change
// while serving: requests are validated by its schemas.
func (a *App) completeDocument() {
	for _, schema := range a.huma.OpenAPI().Components.Schemas.Map() {
		nameNulls(schema)
	}
	for path, item := range a.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete, item.Head, item.Options} {
			if op != nil {
				describePathParameters(path, op.Parameters)
			}
		}
	}
}

// renderDocument writes the document.
func (a *App) renderDocument() ([]byte, error) {
	b, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	return b, nil
}

// documentTags say what the groups of operations are about.
func documentTags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "Authentication", Description: "Becoming somebody, and ceasing to be."},
		{Name: "Account", Description: "One's own account."},
		{Name: "Uploads", Description: "Pictures on their way in, and what has become of them."},
		{Name: "Resumable uploads", Description: "The same, sent in parts over tus 1.0 (https://tus.io)."},
		{Name: "Files", Description: "Pictures that are stored, and their content."},
		{Name: "Versions", Description: "The states that a file's content has had."},
		{Name: "Shares", Description: "Public links to files, and what they lead to."},
		{Name: "Notifications", Description: "What ended, or got stuck, while nobody looked."},
		{Name: "Events", Description: "All of it, live."},
		{Name: "Administration", Description: "Accounts of others. For admins."},
		{Name: "Operations", Description: "Everybody's files and uploads, the quarantine, integrity, numbers and the audit log. For admins."},
		{Name: "Webhooks", Description: "Events for other programs. For admins."},
		{Name: "System", Description: "The server itself, and this document."},
	}
}

// describePathParameters says what ids are of, where nothing more exact is said.
func describePathParameters(path string, parameters []*huma.Param) {
	for _, p := range parameters {
		before, _, found := strings.Cut(path, "/{"+p.Name+"}")
		if p.In != "path" || p.Description != "" || !found {
			continue
		}
		p.Description = "Of the " + strings.TrimSuffix(before[strings.LastIndex(before, "/")+1:], "s") + "."
	}
}

// nameNulls adds null to the enums of properties that may be null: without it
// no null would be valid, whatever the type says.
func nameNulls(schema *huma.Schema) {
	for _, property := range schema.Properties {
		if property.Nullable && len(property.Enum) > 0 && !slices.Contains(property.Enum, nil) {
			property.Enum = append(slices.Clone(property.Enum), nil)
		}
	}
}

// orNull makes a property that refers to a schema one that may also be null.
func orNull(schema *huma.Schema, property string) {
	reference := schema.Properties[property]
	schema.Properties[property] = &huma.Schema{
		AnyOf: []*huma.Schema{{Ref: reference.Ref}, {Type: "null"}}, Description: reference.Description,
	}
}

var problemGoType = reflect.TypeFor[Problem]()
