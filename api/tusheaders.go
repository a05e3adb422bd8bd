package api

import (
	"crypto/sha1" //nolint:gosec // the protocol asks for it; it finds slips of the line, not forgers
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"mime"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/intake"
)

// isTusBody reports whether the body is said to be bytes of an upload.
func isTusBody(c *fiber.Ctx) bool {
	media, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	return err == nil && media == tusType
}

// tusNumber reads a header that counts bytes; nil where there is none.
func tusNumber(c *fiber.Ctx, name string) (*int64, error) {
	text := c.Get(name)
	if text == "" {
		return nil, nil //nolint:nilnil // no header, no number, no fault
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || text[0] == '+' {
		return nil, invalid(Fault{Location: "header." + name, Message: "expected a number of bytes"})
	}
	return &n, nil
}

// tusBeginning reads what a new upload is to be.
func (a *App) tusBeginning(c *fiber.Ctx) (intake.TusRequest, error) {
	req := intake.TusRequest{OwnerID: identityFrom(c.UserContext()).User.ID, Metadata: c.Get(headerMetadata)}
	deferred, err := tusDeferred(c)
	if err != nil {
		return req, err
	}
	if req.Total, err = tusNumber(c, headerUploadLength); err != nil {
		return req, err
	}
	if deferred == (req.Total != nil) {
		return req, invalid(Fault{Location: "header." + headerUploadLength, Message: "required, unless " + headerDeferLength + " says that it is not known yet"})
	}
	meta, err := tusMetadata(req.Metadata)
	if err != nil {
		return req, err
	}
	req.FileID = meta["fileId"]
	req.Name, err = cleanName("header."+headerMetadata+".filename", meta["filename"], a.Config.MaxNameLength)
	return req, err
}

func tusDeferred(c *fiber.Ctx) (bool, error) {
	switch c.Get(headerDeferLength) {
	case "":
		return false, nil
	case "1":
		return true, nil
	}
	return false, problem(CodeBadRequest, headerDeferLength+" can be 1 and nothing else.", nil)
}

// tusMetadata reads pairs of a key and a value in base64, which may be missing.
// Keys that mean nothing here are the client's own business.
func tusMetadata(text string) (map[string]string, error) {
	bad := func(message string) error {
		return invalid(Fault{Location: "header." + headerMetadata, Message: message})
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, bad("expected printable ASCII characters")
	}
	meta := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		if key == "" {
			if strings.TrimSpace(text) == "" {
				return meta, nil
			}
			return nil, bad("expected pairs of a key and a value in base64, separated by commas")
		}
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
		if err != nil {
			return nil, bad("the value of " + shorten(key) + " is not base64")
		}
		if _, twice := meta[key]; twice {
			return nil, bad(shorten(key) + " is there twice")
		}
		meta[key] = string(decoded)
	}
	return meta, nil
}

// tusChecksum reads the digest that the body is said to have; nil: none.
func tusChecksum(c *fiber.Ctx) (*intake.Checksum, error) {
	text := c.Get(headerChecksum)
	if text == "" {
		return nil, nil //nolint:nilnil // no header, no digest, no fault
	}
	name, value, _ := strings.Cut(text, " ")
	var h hash.Hash
	switch name {
	case "sha1":
		h = sha1.New() //nolint:gosec // as above
	case "sha256":
		h = sha256.New()
	default:
		return nil, problem(CodeBadRequest, headerChecksum+" names no algorithm that is known here: sha1 or sha256.", nil)
	}
	digest, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(digest) != h.Size() {
		return nil, problem(CodeBadRequest, fmt.Sprintf("%s holds no %s digest in base64.", headerChecksum, name), err)
	}
	return &intake.Checksum{Hash: h, Digest: digest}, nil
}
