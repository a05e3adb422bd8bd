package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// listReport is how long GET /files takes a user with very many files. Every
// time is that of a whole request; Floor is a request that reads no list.
type listReport struct {
	Files   int               `json:"files"`
	OfUser  int               `json:"ofTheUser"`
	FillSec float64           `json:"fillSeconds"`
	Floor   quantiles         `json:"floor"`
	All     quantiles         `json:"all"`
	Pages   map[string]spread `json:"pages"`
	Search  map[string]spread `json:"search"`
	// Following are the second to tenth pages of the searches, Short those of
	// all their pages that were not full and not the last.
	Following quantiles `json:"following"`
	Short     int       `json:"short"`
	// Others are the trash, lists over all owners, and lists of other things.
	Others map[string]quantiles `json:"others"`
}

// quantiles of a number of requests, in milliseconds.
type quantiles struct {
	N     int     `json:"n"`
	P50MS float64 `json:"p50MS"`
	P95MS float64 `json:"p95MS"`
	MaxMS float64 `json:"maxMS"`
}

type spread map[string]quantiles

// searches are texts of every kind: in most names, in some, in few, in one, in
// none; long, short, and of characters that mean something elsewhere.
var searches = map[string]string{
	"in a third": "img", "in all of one kind": "screenshot 20", "1 in 500": "beach", "1 in 10,000": "zürich",
	"one": "IMG_0007919.", "none": "nothing like it", "none, of frequent pieces": "img_screenshot", "digits": "1234",
	"two letters, rare": "qu", "one letter, rare": "ü", "no letter": "%", "one letter, frequent": "s",
}

const (
	pagesTimed  = 20
	pagesBefore = 100 // of 200, before the deep ones
)

func measureLists(ctx context.Context, s *stack, files int) (listReport, error) {
	l := &lister{base: s.dev.APIURL + "/api/v1", client: &http.Client{Timeout: time.Minute}}
	out := listReport{Files: files, OfUser: files / 5, Pages: map[string]spread{}, Search: map[string]spread{}, Others: map[string]quantiles{}}
	email := "lists-" + uuid.NewString() + "@example.org"
	owner, err := l.register(ctx, email)
	if err != nil {
		return out, err
	}
	begin := time.Now()
	if err := makeRows(ctx, s.dev.DatabaseURL, owner, files); err != nil {
		return out, err
	}
	out.FillSec = time.Since(begin).Seconds()
	if err := l.signIn(ctx, email); err != nil { // a token may not live as long as that took
		return out, err
	}
	var all, following []time.Duration
	if out.Floor, _, err = l.times(ctx, 3*pagesTimed, "/config"); err != nil {
		return out, err
	}
	for _, sort := range []string{"createdAt", "name", "size"} {
		for _, order := range []string{"asc", "desc"} {
			took, err := l.walk(ctx, out.Pages, sort, order)
			if err != nil {
				return out, err
			}
			all = append(all, took...)
		}
		for name, text := range searches {
			q, took, err := l.times(ctx, pagesTimed/2, "/files?sort="+sort+"&q="+url.QueryEscape(text))
			if err != nil {
				return out, err
			}
			if out.Search[name] == nil {
				out.Search[name] = spread{}
			}
			out.Search[name][sort], all = q, append(all, took...)
			took, short, err := l.follow(ctx, "/files?sort="+sort+"&q="+url.QueryEscape(text), 10)
			if err != nil {
				return out, err
			}
			following, all, out.Short = append(following, took[1:]...), append(all, took[1:]...), out.Short+short
		}
	}
	out.Following = quantilesOf(following)
	if err := l.others(ctx, s, &out); err != nil {
		return out, err
	}
	out.All = quantilesOf(all)
	return out, nil
}

// walk times the first pages of a list and pages far behind them.
func (l *lister) walk(ctx context.Context, into map[string]spread, sort, order string) ([]time.Duration, error) {
	list := "/files?sort=" + sort + "&order=" + order
	cursor, first, err := l.pages(ctx, list, "", pagesTimed)
	if err != nil {
		return nil, err
	}
	if cursor, _, err = l.pages(ctx, list+"&limit=200", cursor, pagesBefore); err != nil {
		return nil, err
	}
	_, deep, err := l.pages(ctx, list, cursor, pagesTimed)
	if err != nil {
		return nil, err
	}
	into[sort+" "+order] = spread{"first": quantilesOf(first), "behind 20,000": quantilesOf(deep)}
	return append(first, deep...), nil
}

// others times lists beside those of one's own files: twenty pages of each.
func (l *lister) others(ctx context.Context, s *stack, out *listReport) error {
	boss := &lister{base: l.base, client: l.client}
	var answer signedIn
	err := boss.post(ctx, "/auth/login", map[string]string{"email": s.dev.AdminEmail, "password": s.dev.AdminPassword}, &answer)
	if err != nil {
		return err
	}
	boss.token = answer.AccessToken
	for _, list := range []struct {
		by   *lister
		path string
	}{
		{l, "/files?trashed=true&sort=createdAt"},
		{l, "/files?trashed=true&sort=name"},
		{l, "/files?trashed=true&sort=size&order=asc"},
		{l, "/files?trashed=true&sort=name&q=zürich"},
		{l, "/uploads?state=done"},
		{l, "/uploads?"},
		{l, "/notifications?"},
		{boss, "/admin/files?sort=createdAt"},
		{boss, "/admin/files?sort=name"},
		{boss, "/admin/files?sort=size&order=desc"},
		{boss, "/admin/files?sort=name&q=screenshot"},
		{boss, "/admin/files?sort=size&q=beach"},
		{boss, "/admin/files?sort=createdAt&q=zürich"},
		{boss, "/admin/uploads?"},
		{boss, "/admin/uploads?state=done"},
		{boss, "/admin/audit?"},
		{boss, "/admin/audit?action=user.created"},
	} {
		took, _, err := list.by.follow(ctx, strings.ReplaceAll(list.path, "ü", "%C3%BC"), pagesTimed)
		if err != nil {
			return err
		}
		out.Others[list.path] = quantilesOf(took)
	}
	return nil
}

// times asks n times for the same, after once to warm up.
func (l *lister) times(ctx context.Context, n int, path string) (quantiles, []time.Duration, error) {
	var took []time.Duration
	for i := range n + 1 {
		t, err := l.get(ctx, path, nil)
		if err != nil {
			return quantiles{}, nil, err
		}
		if i > 0 {
			took = append(took, t)
		}
	}
	return quantilesOf(took), took, nil
}

func quantilesOf(took []time.Duration) quantiles {
	return quantiles{N: len(took), P50MS: at(took, 0.5), P95MS: at(took, 0.95), MaxMS: at(took, 1)}
}
