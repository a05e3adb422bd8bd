package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"safelight/models"
)

// sharedRoutes registers what public links lead to.
func (a *App) sharedRoutes() {
	text := &huma.Schema{Type: huma.TypeString}
	link := sharedPrefix + "{token}"
	token := &huma.Param{Name: "token", In: "path", Required: true, Schema: text}
	gone := htmlAnswer("There is nothing here: no such link, one that has expired or was ended, or one whose file can not be shown now.")
	a.plain(Route{
		ID: "openShare", Method: http.MethodGet, Path: link, Permission: Public, Tag: "Shares",
		Summary: "The page of a public link, for people", Status: http.StatusOK,
		Description: "Shows the picture, or asks for the password of the link.",
		Codes:       []Code{CodeUnavailable}, Parameters: []*huma.Param{token},
		Responses: map[string]*huma.Response{"200": htmlAnswer("The picture, or the question for its password."), "404": gone},
	}, a.openShare)
	a.unlockRoute(link, token, gone)
	a.plain(Route{
		ID: "getSharedContent", Method: http.MethodGet, Path: link + "/content", Permission: Public, Tag: "Shares",
		Summary: "The bytes of a shared picture", Status: http.StatusOK,
		Description: "As the content of a file; always the current version.",
		Codes:       []Code{CodeNotFound, CodeShareLocked, CodeRange, CodeUnavailable},
		Parameters: append([]*huma.Param{
			token, variantParam(models.VariantFull, models.VariantPreview, models.VariantThumb),
		}, contentParams()...),
		Responses: contentResponses(),
	}, a.sharedContent)
}

// unlockRoute describes the form with the password of a link.
func (a *App) unlockRoute(link string, token *huma.Param, gone *huma.Response) {
	text := &huma.Schema{Type: huma.TypeString}
	form := &huma.Schema{Type: huma.TypeObject, Required: []string{"password"}, Properties: map[string]*huma.Schema{"password": text}}
	wrong := htmlAnswer("Wrong: the page asks again. Or, as a problem, sent from another site: `cross_origin`.")
	wrong.Content[problemType] = &huma.MediaType{Schema: a.huma.OpenAPI().Components.Schemas.Schema(problemGoType, true, "Problem")}
	wait := htmlAnswer("Too many wrong ones: the page says to wait.")
	wait.Headers = problemHeaders(http.StatusTooManyRequests)
	a.plain(Route{
		ID: "unlockShare", Method: http.MethodPost, Path: link, Permission: Public, Tag: "Shares",
		Summary: "Give the password of a public link", Status: http.StatusSeeOther,
		Description: "The right one sets a cookie for this link alone. Wrong ones are limited, by address and in all.",
		Codes:       []Code{CodeTooLarge, CodeUnsupportedMedia, CodeMalformedBody, CodeUnavailable},
		Parameters:  []*huma.Param{token},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{fiber.MIMEApplicationForm: {Schema: form}}},
		Responses: map[string]*huma.Response{
			"303": {Description: "Right: back to the page.", Headers: map[string]*huma.Param{fiber.HeaderLocation: {Description: "The page.", Schema: text}}},
			"403": wrong, "404": gone, "429": wait,
		},
	}, a.unlockShare)
}

func htmlAnswer(about string) *huma.Response {
	return &huma.Response{
		Description: about, Content: map[string]*huma.MediaType{fiber.MIMETextHTML: {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
}
