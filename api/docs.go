package api

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

//go:embed docs/page.html docs/docs.css
var docsFS embed.FS

var docsTemplate = template.Must(template.ParseFS(docsFS, "docs/page.html"))

// docsPolicy lets the page load its style and nothing else, from nowhere else.
const docsPolicy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// documentRoutes registers the OpenAPI document and the page that shows it:
// plain HTML made of the document, which needs no script and no other server.
func (a *App) documentRoutes() {
	str := &huma.Schema{Type: "string"}
	a.plain(Route{
		ID: "getDocument", Method: http.MethodGet, Path: "/api/openapi.json", Permission: Public, Tag: "System",
		Summary: "This document", Status: http.StatusOK,
		Responses: map[string]*huma.Response{"200": {Description: "OpenAPI 3.1.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: "object"}},
		}}},
	}, func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
		c.Set(fiber.HeaderCacheControl, "no-cache")
		document, err := a.document()
		if err != nil {
			return err
		}
		return c.Send(document)
	})
	a.plain(Route{
		ID: "getDocs", Method: http.MethodGet, Path: "/api/docs", Permission: Public, Tag: "System",
		Summary: "This document, for people", Status: http.StatusOK,
		Responses: map[string]*huma.Response{"200": {Description: "A page.", Content: map[string]*huma.MediaType{"text/html": {Schema: str}}}},
	}, func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentSecurityPolicy, docsPolicy)
		c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		c.Set(fiber.HeaderCacheControl, "no-cache")
		page, err := a.docsPage()
		if err != nil {
			return err
		}
		return c.Send(page)
	})
	a.plain(Route{
		ID: "getDocsStyle", Method: http.MethodGet, Path: "/api/docs/docs.css", Permission: Public, Tag: "System",
		Summary: "The style of the page", Status: http.StatusOK,
		Responses: map[string]*huma.Response{"200": {Description: "A style sheet.", Content: map[string]*huma.MediaType{"text/css": {Schema: str}}}},
	}, func(c *fiber.Ctx) error {
		css, err := docsFS.ReadFile("docs/docs.css")
		if err != nil {
			return fmt.Errorf("read style: %w", err)
		}
		c.Set(fiber.HeaderContentType, "text/css; charset=utf-8")
		c.Set(fiber.HeaderCacheControl, "no-cache")
		return c.Send(css)
	})
}

// renderDocs writes the page once.
func (a *App) renderDocs() ([]byte, error) {
	doc := a.huma.OpenAPI()
	page := docsPage{Title: doc.Info.Title, Version: doc.Info.Version, Description: doc.Info.Description}
	for _, r := range a.described {
		op := operationOf(doc, r)
		page.add(r.Tag, docsOperation{
			ID: r.ID, Method: r.Method, Path: r.Path, Summary: r.Summary, Permission: permissionWords[r.Permission],
			Description: splitCode(r.Description), Parameters: docsParameters(op), Bodies: docsRequest(op), Answers: docsAnswers(op, codesOf(r)),
		})
	}
	for name, schema := range doc.Components.Schemas.Map() {
		page.Schemas = append(page.Schemas, docsSchema{Name: name, Fields: docsFields(schema)})
	}
	slices.SortFunc(page.Schemas, func(a, b docsSchema) int { return strings.Compare(a.Name, b.Name) })
	for code, info := range codeTable {
		page.Problems = append(page.Problems, docsProblem{Code: code, codeInfo: info})
	}
	sort.Slice(page.Problems, func(i, j int) bool {
		a, b := page.Problems[i], page.Problems[j]
		return a.Status < b.Status || a.Status == b.Status && a.Code < b.Code
	})
	var out bytes.Buffer
	if err := docsTemplate.ExecuteTemplate(&out, "page.html", page); err != nil {
		return nil, fmt.Errorf("write docs page: %w", err)
	}
	return out.Bytes(), nil
}

var permissionWords = map[Permission]string{Public: "everybody", ForUsers: "users", ForAdmins: "admins"}
