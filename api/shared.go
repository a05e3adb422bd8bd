package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"safelight/internal/auth"
	"safelight/models"
)

// sharedPrefix is what public links begin with, before their token.
const sharedPrefix = "/s/"

// unlockedFor is how long a browser that gave a link's password is not asked again.
const unlockedFor = 12 * time.Hour

// maxUnlockBody bounds the form with the password, in bytes.
const maxUnlockBody = 4 << 10

//go:embed shared/page.html
var sharedPageText string

var sharedPage = template.Must(template.New("shared").Parse(sharedPageText))

const sharedStyle = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0}main{max-width:80rem;margin:0 auto;padding:1.5rem;text-align:center}
h1{font-size:1.1rem;overflow-wrap:anywhere}img{max-width:100%;height:auto;border-radius:.25rem}
label{display:block;margin-bottom:.5rem}input,button{font:inherit;padding:.5rem .75rem}[role=alert]{color:#c22}`

// sharedPolicy lets the page show the picture of its own link, which may come
// from the origin that content redirects to, send its form there, and nothing
// else: no script runs.
func sharedPolicy(pictures string) string {
	if pictures != "" {
		pictures = " " + pictures
	}
	sum := sha256.Sum256([]byte(sharedStyle))
	return "default-src 'none'; img-src 'self'" + pictures + "; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

// sharedView is what the page shows: the picture, the question for the
// password, or that there is nothing.
type sharedView struct {
	Style         template.CSS
	Name          string
	Content       string
	Width, Height int
	Locked        bool
	Message       string
}

// findShared finds what the link of a request shows now.
func (a *App) findShared(c *fiber.Ctx) (models.SharedFile, error) {
	c.Set("X-Robots-Tag", "noindex")
	hash, err := auth.HashShareToken(c.Params("token"))
	if err != nil {
		return models.SharedFile{}, fmt.Errorf("read token: %w", err)
	}
	shared, err := a.Shares.SharedFile(c.UserContext(), hash)
	if err != nil {
		return models.SharedFile{}, fmt.Errorf("open share: %w", err)
	}
	return shared, nil
}

func (a *App) unlocked(c *fiber.Ctx, s models.Share) bool {
	return a.ShareLinks.Proven(s, c.Cookies(a.unlockCookie()), time.Now())
}

// unlockCookie is the name of the cookie that stands for a link's password.
// Its path is the link's, so that each link has its own.
func (a *App) unlockCookie() string {
	if a.Config.SecureCookies {
		return "__Secure-safelight_share"
	}
	return "safelight_share"
}

func (a *App) openShare(c *fiber.Ctx) error {
	shared, err := a.findShared(c)
	if err != nil {
		return a.nothingShared(c, err)
	}
	if !a.unlocked(c, shared.Share) {
		return a.showShared(c, http.StatusOK, sharedView{Locked: true})
	}
	preview, ok := shared.File.Current.Blob.Variant(models.VariantPreview)
	if !ok {
		return fmt.Errorf("blob %s has no preview", shared.File.Current.Blob.ID)
	}
	return a.showShared(c, http.StatusOK, sharedView{
		Name: shared.File.Name, Content: sharedPrefix + c.Params("token") + "/content", Width: preview.Width, Height: preview.Height,
	})
}

// nothingShared says that there is nothing, and not why.
func (a *App) nothingShared(c *fiber.Ctx, err error) error {
	if !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return a.showShared(c, http.StatusNotFound, sharedView{Message: "The link is wrong, or does not work any more."})
}

func (a *App) showShared(c *fiber.Ctx, status int, view sharedView) error {
	view.Style = template.CSS(sharedStyle) //nolint:gosec // a constant
	var page bytes.Buffer
	if err := sharedPage.Execute(&page, view); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, a.sharedPolicy)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderReferrerPolicy, "same-origin") // with no-referrer the form would come from the origin "null"
	c.Status(status).Response().SetBody(page.Bytes())
	return nil
}

func (a *App) unlockShare(c *fiber.Ctx) error {
	shared, err := a.findShared(c)
	if err != nil {
		return a.nothingShared(c, err)
	}
	back := sharedPrefix + c.Params("token")
	if a.unlocked(c, shared.Share) {
		seeOther(c, back)
		return nil
	}
	password, err := unlockForm(c)
	if err != nil {
		return err
	}
	try, err := a.logins.unlock(c.UserContext(), infoFrom(c.UserContext()), shared.Share.ID)
	if p := (*Problem)(nil); errors.As(err, &p) {
		c.Set(fiber.HeaderRetryAfter, p.header.Get(fiber.HeaderRetryAfter))
		return a.showShared(c, p.Status, sharedView{Locked: true, Message: "Too many tries. Wait a little, then try again."})
	}
	if err != nil {
		return fmt.Errorf("count tries at share: %w", err)
	}
	if err := a.checkUnlock(c.UserContext(), try, shared.Share, password); err != nil {
		if !errors.Is(err, models.ErrInvalidCredentials) {
			return err
		}
		return a.showShared(c, http.StatusForbidden, sharedView{Locked: true, Message: "That is not the password."})
	}
	lives := min(unlockedFor, time.Until(shared.Share.ExpiresAt))
	a.setCookie(c, a.unlockCookie(), a.ShareLinks.Proof(shared.Share, time.Now().Add(lives)), back, lives)
	seeOther(c, back)
	return nil
}

func seeOther(c *fiber.Ctx, location string) {
	c.Set(fiber.HeaderLocation, location)
	c.Status(http.StatusSeeOther)
}

// checkUnlock takes as long for a wrong password as for the right one. What
// was not a wrong password does not count as a try.
func (a *App) checkUnlock(ctx context.Context, try attempt, s models.Share, password string) error {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	err := a.Passwords.Verify(ctx, s.PasswordHash, password)
	if !errors.Is(err, models.ErrInvalidCredentials) {
		try.forgive(ctx)
	}
	if err != nil {
		return fmt.Errorf("check password of share: %w", err)
	}
	return nil
}

// unlockForm reads the password.
func unlockForm(c *fiber.Ctx) (string, error) {
	if media, _, _ := bytes.Cut(c.Request().Header.ContentType(), []byte(";")); string(bytes.TrimSpace(media)) != fiber.MIMEApplicationForm {
		return "", problem(CodeUnsupportedMedia, "Send the password as a form, application/x-www-form-urlencoded.", nil)
	}
	body, err := requestBody(c, maxUnlockBody)
	if err != nil {
		return "", err
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return "", problemOr(err, CodeMalformedBody)
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return "", problem(CodeMalformedBody, "", err)
	}
	return form.Get("password"), nil
}

// problemOr is the problem of what the model knows, else of a code.
func problemOr(err error, code Code) error {
	if errors.Is(err, models.ErrTooLarge) {
		return err
	}
	return problem(code, "", err)
}

// sharedContent serves the bytes behind a link, and counts a view of the picture.
func (a *App) sharedContent(c *fiber.Ctx) error {
	q, err := parseContentQuery(c)
	if err != nil {
		return err
	}
	shared, err := a.findShared(c)
	if err != nil {
		return err
	}
	if !a.unlocked(c, shared.Share) {
		return problem(CodeShareLocked, "", nil)
	}
	variant, ok := shared.File.Current.Blob.Variant(q.variant)
	if !ok || q.variant == models.VariantOriginal {
		return fmt.Errorf("variant %s of share %s: %w", q.variant, shared.Share.ID, models.ErrNotFound)
	}
	begun, err := a.deliver(c, shared.File.Name, variant, q)
	if err != nil {
		return err
	}
	if begun && q.variant != models.VariantThumb {
		if err := a.Shares.CountView(c.UserContext(), shared.Share.ID); err != nil { // the picture is worth more than its count
			a.Log.WarnContext(c.UserContext(), "view was not counted", "share", shared.Share.ID, "error", err)
		}
	}
	return nil
}
