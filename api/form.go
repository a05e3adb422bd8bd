package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/intake"
	"safelight/models"
)

const (
	// formAllowance is what a form may have beside the file: fields, headers
	// of parts and boundaries, in bytes.
	formAllowance = 64 << 10
	// maxField bounds one field; the longest name that may be said to be too
	// long in words is far shorter.
	maxField = 32 << 10
)

// pictureForm is a form read up to the content of its file.
type pictureForm struct {
	name, fileID string
	announced    int64 // the most bytes that the file may have, -1: unknown
	file         io.Reader
	body         *formBody
}

// openForm reads a form up to its file, without reading that.
func (a *App) openForm(c *fiber.Ctx) (*pictureForm, error) {
	media, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || media != fiber.MIMEMultipartForm {
		return nil, problem(CodeUnsupportedMedia, "Send the picture as multipart/form-data, in a part named file.", err)
	}
	boundary := params["boundary"]
	if boundary == "" {
		return nil, problem(CodeMalformedBody, "The content type names no boundary between the parts.", nil)
	}
	body, err := a.openBody(c)
	if err != nil {
		return nil, err
	}
	form := &pictureForm{announced: -1, body: body}
	if n := int64(c.Request().Header.ContentLength()); n >= 0 {
		form.announced = min(max(n-leastOverhead(boundary), 0), a.Config.MaxUploadBytes)
	}
	body.final = "--" + boundary + "--"
	if err := form.read(multipart.NewReader(body, boundary), a.Config.MaxNameLength); err != nil {
		return nil, err
	}
	return form, nil
}

// leastOverhead is what a form with nothing but a file has beside it at least.
func leastOverhead(boundary string) int64 {
	return int64(len("--\r\nContent-Disposition: form-data; name=file\r\n\r\n\r\n----") + 2*len(boundary))
}

// read takes the fields up to the part file.
func (f *pictureForm) read(parts *multipart.Reader, maxName int) error {
	given := ""
	for {
		part, err := parts.NextPart()
		if err != nil {
			return f.noFile(err)
		}
		switch field := part.FormName(); field {
		case "file":
			f.body.fieldsDone()
			f.file = &lastPart{part: part, parts: parts}
			return f.call(given, fileName(part), maxName)
		case "name":
			given, err = readField(part, CodeNameTooLong)
		case "fileId":
			f.fileID, err = readField(part, CodeNotFound)
		default:
			return invalid(Fault{Location: "body." + shorten(field), Message: "unknown part; expected are name, fileId and file"})
		}
		if err != nil {
			return err
		}
	}
}

// noFile says why there was no part file: the form ended properly, had no
// byte, was cut, or is no form.
func (f *pictureForm) noFile(err error) error {
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case ended && (f.body.n == 0 || bytes.Contains(f.body.tail, []byte(f.body.final))):
		return problem(CodeMissingFile, "The form has no part named file. Send the picture in one.", nil)
	case ended:
		return &intake.BodyError{Err: err}
	case f.body.err != nil && !errors.Is(f.body.err, io.EOF):
		return &intake.BodyError{Err: f.body.err}
	}
	return problem(CodeMalformedBody, "The body is not well-formed multipart/form-data.", err)
}

// call decides about the name: the field's, else that of the file's part.
func (f *pictureForm) call(given, own string, maxName int) (err error) {
	location := "body.name"
	if given == "" {
		given, location = own, "body.file"
	}
	f.name, err = cleanName(location, given, maxName)
	return err
}

// cleanName makes a file name of what a client gives, and refuses what climbs.
func cleanName(location, given string, maxName int) (string, error) {
	for part := range strings.FieldsFuncSeq(given, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == ".." {
			return "", invalid(Fault{Location: location, Message: "a file name without .. is expected"})
		}
	}
	name, err := models.CleanName(given, maxName)
	if errors.Is(err, models.ErrNameTooLong) {
		return "", problem(CodeNameTooLong, fmt.Sprintf("A name may have %d characters at most.", maxName), err)
	}
	return name, err
}

// fileName is the name that a client gave to the part itself, as it came:
// Part.FileName would cut what call is to see.
func fileName(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get(fiber.HeaderContentDisposition))
	if err != nil {
		return ""
	}
	return params["filename"]
}

// readField reads a field, of which one that is too long is answered with code.
func readField(part io.Reader, code Code) (string, error) {
	b, err := io.ReadAll(io.LimitReader(part, maxField+1))
	switch {
	case err != nil:
		return "", &intake.BodyError{Err: err}
	case len(b) > maxField:
		return "", problem(code, "", nil)
	}
	return string(b), nil
}

func shorten(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "")
	}
	return s
}

// lastPart reads the part file, and at its end makes sure that it was the last
// one: fields that come behind it would be passed over silently.
type lastPart struct {
	part  *multipart.Part
	parts *multipart.Reader
	end   error
}

// Read implements io.Reader.
func (l *lastPart) Read(p []byte) (int, error) {
	if l.end != nil {
		return 0, l.end
	}
	n, err := l.part.Read(p)
	if err == io.EOF { //nolint:errorlint // io.Reader's end is io.EOF itself
		err = l.rest()
	}
	l.end = err
	return n, err
}

func (l *lastPart) rest() error {
	next, err := l.parts.NextPart()
	switch {
	case err == io.EOF: // a proper end; a cut one is wrapped
		return io.EOF
	case err != nil:
		return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
	}
	return invalid(Fault{Location: "body." + shorten(next.FormName()), Message: "the part file must be the last one, and the only one of its name"})
}

// formBody reads the body within the pace that is asked of clients, and within
// formAllowance until the fields are done.
type formBody struct {
	pacedBody
	fields bool

	// What a cut form and one without a file are told apart by: multipart gives
	// the same error for both.
	final string
	tail  []byte
}

// tailLength is longer than two reads of a multipart.Reader.
const tailLength = 16 << 10

func (a *App) openBody(c *fiber.Ctx) (*formBody, error) {
	r, err := requestBody(c, a.Config.MaxUploadBytes+formAllowance)
	if err != nil {
		return nil, err
	}
	return &formBody{pacedBody: a.paced(c, r), fields: true}, nil
}

func (b *formBody) fieldsDone() { b.fields, b.tail = false, nil }

// Read implements io.Reader.
func (b *formBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.fields && b.n >= formAllowance {
		b.err = problem(CodeMalformedBody, "The fields before the file have too many bytes.", nil)
		return 0, b.err
	}
	n, err := b.pacedBody.Read(p)
	if b.fields {
		b.tail = append(b.tail, p[:n]...)
		b.tail = b.tail[max(0, len(b.tail)-tailLength):]
	}
	return n, err
}

// finish reads what may follow the form, so that the connection can serve the
// next request. It does not wait long: what is left is settled otherwise.
func (b *formBody) finish() {
	by := time.Now().Add(b.pace.rest)
	buf := make([]byte, 4<<10)
	for left := formAllowance; left > 0 && !b.r.ended; {
		n, err := b.r.readBy(b.conn, by, buf)
		if left -= n; err != nil {
			return
		}
	}
}
