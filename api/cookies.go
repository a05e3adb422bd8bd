package api

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// refreshPath is the only place that the refresh cookie is sent to.
const refreshPath = Prefix + "/auth"

type cookieSet struct{ access, refresh, device string }

// cookieNames are the names of the cookies. Over https the prefixes make the
// browser hold what they promise; over plain http it would drop such cookies.
func cookieNames(secure bool) cookieSet {
	if secure {
		return cookieSet{access: "__Host-safelight_access", refresh: "__Secure-safelight_refresh", device: "__Secure-safelight_device"}
	}
	return cookieSet{access: "safelight_access", refresh: "safelight_refresh", device: "safelight_device"}
}

func (a *App) accessCookie() string  { return cookieNames(a.Config.SecureCookies).access }
func (a *App) refreshCookie() string { return cookieNames(a.Config.SecureCookies).refresh }
func (a *App) deviceCookie() string  { return cookieNames(a.Config.SecureCookies).device }

// setCookies gives a browser its tokens, out of reach of scripts.
func (a *App) setCookies(c *fiber.Ctx, access string, accessFor time.Duration, refresh string, refreshFor time.Duration) {
	a.setCookie(c, a.accessCookie(), access, "/", accessFor)
	a.setCookie(c, a.refreshCookie(), refresh, refreshPath, refreshFor)
}

// rememberDevice lets the browser show that it has signed in before.
func (a *App) rememberDevice(c *fiber.Ctx, token string, lives time.Duration) {
	a.setCookie(c, a.deviceCookie(), token, refreshPath, lives)
}

// clearCookies takes the tokens away again. That the device is known stays.
func (a *App) clearCookies(c *fiber.Ctx) {
	a.setCookie(c, a.accessCookie(), "", "/", -1)
	a.setCookie(c, a.refreshCookie(), "", refreshPath, -1)
}

func (a *App) setCookie(c *fiber.Ctx, name, value, path string, lives time.Duration) {
	cookie := fiber.Cookie{
		Name: name, Value: value, Path: path, HTTPOnly: true, Secure: a.Config.SecureCookies,
		SameSite: fiber.CookieSameSiteStrictMode, MaxAge: int(lives / time.Second),
	}
	if lives < 0 {
		cookie.MaxAge, cookie.Expires = -1, time.Unix(1, 0)
	}
	c.Cookie(&cookie)
}
