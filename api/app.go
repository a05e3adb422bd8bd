// Package api is the HTTP face of Safelight: a Fiber app whose every route is
// registered with a permission, a description for the OpenAPI document, and a
// handler that parses, authorises, calls and answers. Typed JSON operations go
// through Huma; uploads, event streams and content are plain Fiber handlers
// described in the same document.
package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"safelight/api/web"
	"safelight/internal/auth"
	"safelight/internal/metrics"
	"safelight/internal/wire"
	"safelight/models"
	"safelight/storage"
)

// Prefix is where the API begins.
const Prefix = wire.Prefix

// Config is what of the configuration shapes answers.
type Config struct {
	Version       string // of the build, for the document
	PublicURL     string // how browsers reach the API: absolute, without a path
	SecureCookies bool   // Secure and the __Host- and __Secure- prefixes; HSTS
	// WebOrigins are the other origins that the web app is served from, as browsers
	// write them: of one site with PublicURL, or they send no cookies.
	WebOrigins       []string
	RegistrationOpen bool
	QuotaBytes       int64         // of a new account
	QuotaFiles       int64         // of a new account
	KeepOriginals    bool          // owners may have the bytes as they uploaded them
	SessionTTL       time.Duration // of a session, whatever use is made of it
	SessionIdle      time.Duration // of a session that is not used
	LoginPerMinute   int           // tries per address
	AcceptedTypes    []string      // MIME types of uploads
	MaxUploadBytes   int64
	MaxPixels        int64
	MaxFrames        int
	MaxNameLength    int // characters
	MaxUploads       int // under way per user
	MaxStreams       int // open event streams per user
	TrashFor         time.Duration
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// WebhookAllowPrivate lets webhooks have addresses that are not of the internet.
	WebhookAllowPrivate bool
	// TemporalUIURL is where operators look at workflows; empty: nowhere.
	TemporalUIURL     string
	TemporalNamespace string
}

// Files is the part of the store about files and their versions.
type Files interface {
	FileByID(ctx context.Context, scope models.Scope, id string) (models.File, error)
	ListFiles(ctx context.Context, f models.FileFilter) (models.Page[models.File], error)
	// SimilarFiles lists what looks like a file among its owner's, nearest first.
	SimilarFiles(ctx context.Context, scope models.Scope, id string, limit int, cursor string) (models.Page[models.SimilarFile], error)
	RenameFile(ctx context.Context, scope models.Scope, id, name string) (models.File, error)
	TrashFile(ctx context.Context, scope models.Scope, id string) (models.File, error)
	RestoreFile(ctx context.Context, scope models.Scope, id string) (models.File, error)
	DeleteFile(ctx context.Context, by models.Actor, scope models.Scope, id string) error
	ChangeFiles(ctx context.Context, by models.Actor, scope models.Scope, action models.FileAction, ids []string) (refused map[string]error, err error)
	FilesByIDs(ctx context.Context, scope models.Scope, ids []string) ([]models.File, error)
	OwnedContents(ctx context.Context, ownerID string, hashes []string) ([]models.OwnedContent, error)
	Versions(ctx context.Context, scope models.Scope, fileID string, limit int, cursor string) (models.Page[models.Version], error)
	VersionByNumber(ctx context.Context, scope models.Scope, fileID string, n int) (models.Version, error)
	RestoreVersion(ctx context.Context, scope models.Scope, actorID, fileID string, n int) (models.Version, error)
	DeleteVersion(ctx context.Context, by models.Actor, scope models.Scope, fileID string, n int) error
}

// Shares is the part of the store about public links.
type Shares interface {
	CreateShare(ctx context.Context, by models.Actor, scope models.Scope, n models.Share, lives time.Duration) (models.Share, error)
	SharesOf(ctx context.Context, scope models.Scope, fileID string, limit int, cursor string) (models.Page[models.Share], error)
	EndShare(ctx context.Context, by models.Actor, scope models.Scope, fileID, shareID string) error
	SharedFile(ctx context.Context, tokenHash []byte) (models.SharedFile, error)
	CountView(ctx context.Context, shareID string) error
}

// Notifications is the part of the store about notifications.
type Notifications interface {
	ListNotifications(ctx context.Context, userID string, unread bool, limit int, cursor string) (models.Page[models.Notification], error)
	MarkRead(ctx context.Context, userID, id string) (models.Notification, error)
	MarkAllRead(ctx context.Context, userID string) (int64, error)
}

// Objects reads stored content.
type Objects interface {
	Open(ctx context.Context, ref storage.Ref, offset, length int64) (io.ReadCloser, storage.Info, error)
}

// Passwords makes and checks password hashes.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
	// Verify takes the same time for an empty hash, which nothing matches.
	Verify(ctx context.Context, hash, password string) error
}

// Check asks whether a part that this process needs can be used.
type Check func(ctx context.Context) error

// Deps is what the API is made of. All fields but Signer and Telemetry are required.
type Deps struct {
	Config        Config
	Log           *slog.Logger
	Users         Users
	Buckets       Buckets
	Files         Files
	Shares        Shares
	ShareLinks    *auth.ShareLinks
	Notifications Notifications
	Webhooks      Webhooks
	Objects       Objects
	Signer        storage.Signer // sends readers to the store itself; nil: all bytes pass through here
	Passwords     Passwords
	Tokens        *auth.Tokens
	Checks        map[string]Check // by the name of the part
	Uploads       UploadParts
	Events        EventParts
	Admin         AdminParts
	Web           *web.Site
	Telemetry     Telemetry
}

// App is the API. Its Fiber app is ready to listen.
type App struct {
	Deps
	fiber       *fiber.App
	huma        huma.API
	origin      *url.URL
	permissions map[routeKey]Permission
	scopes      map[routeKey]models.TokenScope // what a personal access token must be made for
	sessionOnly map[routeKey]bool              // routes that refuse personal access tokens
	logins      *signInLimits
	health      *health
	streams     *streams
	stats       *statsCache
	settled     atomic.Bool // somebody has signed in: see fresh
	described   []Route
	// Policies of the pages, by where their pictures may come from.
	pagePolicy, sharedPolicy string
	// Written when somebody asks for them: they are most of the work of a start.
	document, docsPage func() ([]byte, error)
}

// New builds the app and registers every route. It fails on a missing part, so
// that a wiring mistake ends a start and not a request.
func New(d Deps) (*App, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	return build(d)
}

// Document is the OpenAPI document that an app of this configuration serves,
// for programs that are made from it.
func Document(cfg Config) ([]byte, error) {
	a, err := build(Deps{Config: cfg, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return a.document()
}

func build(d Deps) (*App, error) {
	origin, err := url.Parse(d.Config.PublicURL)
	if err != nil || origin.Host == "" {
		return nil, fmt.Errorf("public URL %q is not absolute: %w", d.Config.PublicURL, err)
	}
	a := &App{
		Deps: d, origin: origin, permissions: map[routeKey]Permission{},
		scopes: map[routeKey]models.TokenScope{}, sessionOnly: map[routeKey]bool{},
		health: newHealth(d.Checks, d.Log),
		stats:  &statsCache{rows: d.Admin.Rows, queues: d.Admin.Queues, log: d.Log, now: time.Now},
	}
	pictures := ""
	if d.Signer != nil {
		pictures = d.Signer.SignedOrigin()
	}
	a.pagePolicy, a.sharedPolicy = web.Policy(pictures), sharedPolicy(pictures)
	if a.Telemetry.Metrics == nil {
		a.Telemetry.Metrics = metrics.NewAPI(metrics.New("api", d.Config.Version))
	}
	a.logins = newSignInLimits(d.Buckets, d.Users, d.Log, d.Config.LoginPerMinute)
	a.logins.refused = a.Telemetry.Metrics.Refused
	a.fiber = fiber.New(a.fiberConfig())
	a.answerUnknownMethods()
	a.fiber.Use(a.observe, a.shareWithWeb, a.recoverPanics, a.guardRequest)
	a.huma = humafiber.NewWithGroup(a.fiber, guardedRouter{Router: a.fiber, app: a}, humaConfig(d.Config))
	a.huma.UseMiddleware(withBody)
	a.routes()
	a.fiber.Use(a.webApp) // behind every route
	a.completeDocument()
	a.document, a.docsPage = sync.OnceValues(a.renderDocument), sync.OnceValues(a.renderDocs)
	return a, nil
}

// Fiber is the app to listen with, and to shut down.
func (a *App) Fiber() *fiber.App { return a.fiber }

func (d *Deps) check() error {
	var errs []error
	missing := func(name string, absent bool) {
		if absent {
			errs = append(errs, fmt.Errorf("api: %s is missing", name))
		}
	}
	missing("Log", d.Log == nil)
	missing("Users", d.Users == nil)
	missing("Buckets", d.Buckets == nil)
	missing("Files", d.Files == nil)
	missing("Shares", d.Shares == nil || d.ShareLinks == nil)
	missing("Notifications", d.Notifications == nil)
	missing("Webhooks", d.Webhooks == nil)
	missing("Objects", d.Objects == nil)
	missing("Passwords", d.Passwords == nil)
	missing("Tokens", d.Tokens == nil)
	missing("Checks", len(d.Checks) == 0)
	missing("Uploads", d.Uploads.Rows == nil || d.Uploads.Intake == nil || d.Uploads.Resumable == nil || d.Uploads.Engine == nil || d.Uploads.Pictures == nil)
	missing("Admin", d.Admin.incomplete())
	missing("Web", d.Web == nil)
	missing("Events", d.Events.Hub == nil || d.Events.Rows == nil || d.Events.Closing == nil)
	return errors.Join(errs...)
}

// Times within which a client must send and take. Handlers of long bodies and
// streams move their connection's deadlines themselves.
const (
	readTimeout  = 30 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 120 * time.Second
	// maxHeader bounds the request line and the header together, in bytes.
	maxHeader = 16 << 10
)

func (a *App) fiberConfig() fiber.Config {
	return fiber.Config{
		AppName:                      "safelight",
		CaseSensitive:                true,
		StrictRouting:                true,
		Immutable:                    true, // values of a request outlive it in stores and goroutines
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		BodyLimit:                    maxJSONBody, // not a limit when streaming, only what is read ahead; see requestBody
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		ReadBufferSize:               maxHeader,
		ErrorHandler:                 a.handleError,
		DisableStartupMessage:        true,
	}
}
