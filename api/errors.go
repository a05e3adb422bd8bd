package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"safelight/models"
)

// problemType is the media type of errors, RFC 9457.
const problemType = "application/problem+json"

// Fault is one thing that is not valid about a request. Location is a path such
// as body.email or query.limit.
type Fault struct {
	Location string `json:"location" doc:"Where, as a path such as body.email or query.limit."`
	Message  string `json:"message" doc:"What is wrong there."`
}

// Problem is an error as a client sees it, RFC 9457. It carries its cause for
// the log alone.
type Problem struct {
	Type      string  `json:"type" format:"uri-reference" doc:"Where this kind of problem is described." example:"/api/docs#problem-not_found"`
	Title     string  `json:"title" doc:"The kind of problem, for people; the same for every problem of its code." example:"Not found"`
	Status    int     `json:"status" doc:"The HTTP status." example:"404"`
	Detail    string  `json:"detail" doc:"What happened here and what can be done." example:"There is nothing here, or nothing that you may see."`
	Code      Code    `json:"code" doc:"The stable machine word of this kind of problem." example:"not_found"`
	RequestID string  `json:"requestId" doc:"Name this when you ask for help."`
	Errors    []Fault `json:"errors,omitempty" doc:"Every fault of a request that does not validate."`

	header http.Header
	cause  error
}

// problem builds a Problem. An empty detail is the code's own.
func problem(code Code, detail string, cause error) *Problem {
	info, ok := codeTable[code]
	if !ok {
		info, cause = codeTable[CodeInternal], fmt.Errorf("code %q is not in the table: %w", code, cause)
		code = CodeInternal
	}
	if detail == "" {
		detail = info.Detail
	}
	return &Problem{
		Type: "/api/docs#problem-" + string(code), Title: info.Title, Status: info.Status,
		Detail: detail, Code: code, cause: cause,
	}
}

// invalid is the answer to input that does not validate.
func invalid(faults ...Fault) *Problem {
	p := problem(CodeValidation, "", nil)
	p.Errors = faults
	return p
}

// with adds a header to the answer.
func (p *Problem) with(name, value string) *Problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

// Error implements error, with the whole chain of causes: it is for the log.
func (p *Problem) Error() string {
	if p.cause == nil {
		return fmt.Sprintf("%s: %s", p.Code, p.Detail)
	}
	return fmt.Sprintf("%s: %v", p.Code, p.cause)
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// sentinels maps the failures of the model to codes, in the order of the look-up.
var sentinels = []struct {
	err  error
	code Code
}{
	{models.ErrUnauthenticated, CodeUnauthenticated},
	{models.ErrInvalidCredentials, CodeInvalidCredentials},
	{models.ErrSuspended, CodeAccountSuspended},
	{models.ErrForbidden, CodeForbidden},
	{models.ErrRegistrationClosed, CodeRegistrationClosed},
	{models.ErrLastAdmin, CodeLastAdmin},
	{models.ErrBadResetToken, CodeInvalidResetToken},
	{models.ErrTooManyTokens, CodeTooManyTokens},
	{models.ErrNotFound, CodeNotFound},
	{models.ErrEmailTaken, CodeEmailTaken},
	{models.ErrFileTrashed, CodeFileTrashed},
	{models.ErrAlreadyFinished, CodeAlreadyFinished},
	{models.ErrNotStalled, CodeNotStalled},
	{models.ErrCurrentVersion, CodeCurrentVersion},
	{models.ErrWrongOffset, CodeWrongOffset},
	{models.ErrLocked, CodeLocked},
	{models.ErrGone, CodeGone},
	{models.ErrChecksum, CodeChecksum},
	{models.ErrTooManyParts, CodeTooManyParts},
	{models.ErrNotHeld, CodeNotHeld},
	{models.ErrCheckRunning, CodeCheckRunning},
	{models.ErrConflict, CodeConflict},
	{models.ErrTooLarge, CodeTooLarge},
	{models.ErrEmptyFile, CodeEmptyFile},
	{models.ErrNameTooLong, CodeNameTooLong},
	{models.ErrUnsupportedMedia, CodeUnsupportedMedia},
	{models.ErrQuotaExceeded, CodeQuotaExceeded},
	{models.ErrTooManyUploads, CodeTooManyUploads},
	{models.ErrTooManyStreams, CodeTooManyStreams},
	{models.ErrUnavailable, CodeUnavailable},
	{context.DeadlineExceeded, CodeUnavailable},
	{context.Canceled, CodeUnavailable},
}

// problemOf turns any error into what a client may see of it. What nothing
// here knows is a 500 that says nothing.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if errors.Is(err, models.ErrBadCursor) {
		p := invalid(Fault{Location: "query.cursor", Message: "not a cursor that this list has given out with these parameters"})
		p.cause = err
		return p
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return decorate(problem(s.code, "", err))
		}
	}
	var fe *fiber.Error
	if errors.As(err, &fe) {
		if fe.Code < http.StatusInternalServerError {
			err = nil // it says no more than the status, and repeats the address
		}
		return problem(codeOfStatus(fe.Code), "", err)
	}
	return problem(CodeInternal, "", err)
}

// decorate adds the headers that belong to a code.
func decorate(p *Problem) *Problem {
	switch p.Status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		if p.header.Get(fiber.HeaderRetryAfter) == "" {
			return p.with(fiber.HeaderRetryAfter, "5")
		}
	case http.StatusUnauthorized:
		return p.with(fiber.HeaderWWWAuthenticate, `Bearer realm="safelight"`)
	}
	return p
}

// statusCodes are the codes of failures that Fiber and fasthttp find themselves.
var statusCodes = map[int]Code{
	http.StatusBadRequest:                  CodeBadRequest,
	http.StatusUnauthorized:                CodeUnauthenticated,
	http.StatusForbidden:                   CodeForbidden,
	http.StatusNotFound:                    CodeNotFound,
	http.StatusMethodNotAllowed:            CodeMethodNotAllowed,
	http.StatusRequestTimeout:              CodeTimeout,
	http.StatusRequestEntityTooLarge:       CodeTooLarge,
	http.StatusRequestURITooLong:           CodeURITooLong,
	http.StatusUnsupportedMediaType:        CodeUnsupportedMedia,
	http.StatusExpectationFailed:           CodeExpectation,
	http.StatusUnprocessableEntity:         CodeValidation,
	http.StatusTooManyRequests:             CodeRateLimited,
	http.StatusRequestHeaderFieldsTooLarge: CodeHeadersTooLarge,
	http.StatusServiceUnavailable:          CodeUnavailable,
}

func codeOfStatus(status int) Code {
	if code, ok := statusCodes[status]; ok {
		return code
	}
	if status >= 400 && status < 500 {
		return CodeBadRequest
	}
	return CodeInternal
}

// handleError answers an error: the one ErrorHandler of the app.
func (a *App) handleError(c *fiber.Ctx, err error) error {
	if requestID(c) == "" { // what the server refused before any handler saw it
		info := a.begin(c)
		defer func() { a.access(c, info, 0) }()
	}
	p := *decorate(problemOf(err))
	p.RequestID = requestID(c)
	infoFrom(c.UserContext()).note(&p)
	for name, values := range p.header {
		for _, v := range values {
			c.Append(name, v)
		}
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if err := c.Status(p.Status).JSON(&p); err != nil {
		return fmt.Errorf("write problem: %w", err)
	}
	c.Set(fiber.HeaderContentType, problemType)
	return nil
}

// init makes Huma speak in our problems too. The hook is a variable of its
// package, the only way it offers.
func init() {
	huma.DefaultArrayNullable = false // our lists are never null
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		info := infoFrom(ctx.Context())
		p := humaProblem(status, msg, errs)
		p.RequestID, info.cause, info.code = info.ID, p.cause, p.Code
		return p
	}
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return humaProblem(status, msg, errs)
	}
}

// humaProblem maps what Huma finds: input that does not parse or validate.
// Values are not echoed; a password could be among them.
func humaProblem(status int, msg string, errs []error) *Problem {
	code := codeOfStatus(status)
	if status == http.StatusBadRequest {
		code = CodeMalformedBody
	}
	if status >= http.StatusInternalServerError {
		return hiddenProblem(errors.Join(errs...), msg)
	}
	p := problem(code, "", nil)
	for _, err := range errs {
		f := Fault{Message: err.Error()}
		if d, ok := err.(huma.ErrorDetailer); ok {
			detail := d.ErrorDetail()
			f = Fault{Location: strings.TrimSuffix(detail.Location, "."), Message: detail.Message}
		}
		p.Errors = append(p.Errors, f)
	}
	slices.SortStableFunc(p.Errors, func(a, b Fault) int { return strings.Compare(a.Location, b.Location) })
	return p
}

// hiddenProblem is for what Huma calls a server error. Among them is a body
// that could not be read to its end, which is the client's doing.
func hiddenProblem(err error, msg string) *Problem {
	if err == nil {
		return problem(CodeInternal, "", errors.New(msg))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return problem(CodeMalformedBody, "The body ended too early.", err)
	}
	return problemOf(fmt.Errorf("%s: %w", msg, err))
}
