package api

import (
	"archive/zip"
	"bytes"
	"mime"
	"net/http"
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"safelight/internal/diskname"
	"safelight/models"
)

// hostileNames are names that try to break out or break things, what they are
// stored and shown as, and what they are saved as. An empty stored name: the
// name is refused.
var hostileNames = []struct{ name, stored, saved string }{
	{"cat.jpg", "cat.jpg", "cat.webp"},
	// Steps of a path.
	{"../../etc/passwd", "passwd", "passwd.webp"},
	{`..\..\windows\system32\x.jpg`, "x.jpg", "x.webp"},
	{"/etc/cron.d/x", "x", "x.webp"},
	{`C:\x.jpg`, "x.jpg", "x.webp"},
	{"C:x.jpg", "C:x.jpg", "C_x.webp"},
	{"a/..", "image", "image.webp"},
	{"..", "image", "image.webp"},
	{".", "image", "image.webp"},
	{"/", "image", "image.webp"},
	{"x.jpg::$DATA", "x.jpg::$DATA", "x.jpg__$DATA.webp"},
	{"~", "~", "~.webp"},
	// Control characters, lines, headers.
	{"a\r\nX-Evil: 1\r\n\r\n<b>.jpg", "aX-Evil: 1<b>.jpg", "aX-Evil_ 1_b_.webp"},
	{"a\x00b\x07\x1b[31m.jpg", "ab[31m.jpg", "ab[31m.webp"},
	{"a\u0085b\u2028c\u2029d.jpg", "abcd.jpg", "abcd.webp"},
	{"\xff\xfe.jpg", ".jpg", "_.jpg.webp"},
	{`a"b'c;filename=x.jpg`, `a"b'c;filename=x.jpg`, `a_b'c;filename=x.webp`},
	{`100%41.jpg`, `100%41.jpg`, `100%41.webp`},
	{"=cmd|'/c calc'!A1.jpg", "c calc'!A1.jpg", "c calc'!A1.webp"},
	{"<script>alert(1)<", "<script>alert(1)<", "_script_alert(1)_.webp"},
	// What looks like something else, or like nothing.
	{"evil\u202egpj.exe", "evilgpj.exe", "evilgpj.exe.webp"},
	{"\u2066a\u2069\u200f\u061c.jpg", "a.jpg", "a.webp"},
	{"a\u200bb\ufeffc\u00add.jpg", "abcd.jpg", "abcd.webp"},
	{"\u3164\u115f", "image", "image.webp"},
	{"\u200d\u200c\ufe0f", "image", "image.webp"},
	{"\u00a0\u3000", "image", "image.webp"},
	// Devices of Windows.
	{"CON", "CON", "CON.webp"},
	{"con.jpg", "con.jpg", "con.webp"},
	{"Aux .jpg", "Aux .jpg", "Aux .webp"},
	{"LPT1.tar.gz", "LPT1.tar.gz", "LPT1.tar.gz.webp"},
	{"COM¹", "COM¹", "COM¹.webp"},
	{"CONIN$.png", "CONIN$.png", "CONIN$.webp"},
	// Dots and spaces at the ends.
	{".htaccess", ".htaccess", "_.htaccess.webp"},
	{"...hidden", "...hidden", "_...hidden.webp"},
	{"a.jpg. . .", "a.jpg. . .", "a.jpg. . ..webp"},
	{"  a.jpg  ", "a.jpg", "a.webp"},
	// Letters.
	{"🐈‍⬛ 👩‍👩‍👧.jpg", "🐈‍⬛ 👩‍👩‍👧.jpg", "🐈‍⬛ 👩‍👩‍👧.webp"},
	{"e\u0301.jpg", "é.jpg", "é.webp"}, // NFD becomes NFC
	{"é.jpg", "é.jpg", "é.webp"},
	{"漢字.jpg", "漢字.jpg", "漢字.webp"},
	{"עברית.jpg", "עברית.jpg", "עברית.webp"},
	// Length: what a row takes may be more than a disk does.
	{strings.Repeat("a", 1000), "", ""},
	{strings.Repeat("🐈", 251) + ".jpg", strings.Repeat("🐈", 251) + ".jpg", strings.Repeat("🐈", 58) + ".webp"},
	{strings.Repeat("x", 251) + ".jpg", strings.Repeat("x", 251) + ".jpg", strings.Repeat("x", 235) + ".webp"},
	{"a." + strings.Repeat("e", 250), "a." + strings.Repeat("e", 250), "a." + strings.Repeat("e", 233) + ".webp"},
}

// reservedSaved are those of the names that Windows would take for a device.
var reservedSaved = map[string]bool{
	"CON.webp": true, "con.webp": true, "Aux .webp": true, "LPT1.tar.gz.webp": true, "COM¹.webp": true, "CONIN$.webp": true,
}

func TestNamesAreStoredShownDownloadedAndZippedSafely(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, token := b.user(models.RoleUser, models.StatusActive)
	taken := map[string]bool{}
	var ids, saved []string
	for _, c := range hostileNames {
		file := b.file(user.ID, []byte(digits))
		target := "/api/v1/files/" + file.ID
		renamed := b.ask(http.MethodPatch, target, token, map[string]string{"name": strings.ToValidUTF8(c.name, "\ufffd")})
		if c.stored == "" {
			renamed.problem(CodeNameTooLong)
			continue
		}
		var shown fileView
		renamed.into(&shown)
		require.Equal(t, c.stored, shown.Name, "%q as it is stored", c.name)
		var listed fileView
		b.ask(http.MethodGet, target, token, nil).into(&listed)
		require.Equal(t, c.stored, listed.Name, "%q as it is shown", c.name)

		want := c.saved
		if reservedSaved[want] {
			want = "_" + want
		}
		download := b.ask(http.MethodGet, target+"/content?download=true", token, nil).Header.Get("Content-Disposition")
		require.Equal(t, want, savedAs(t, download), "%q as it is downloaded", c.name)
		ids = append(ids, file.ID)
		if !taken[strings.ToLower(want)] {
			saved = append(saved, want)
			taken[strings.ToLower(want)] = true
			continue
		}
		saved = append(saved, "") // numbered
	}
	a := b.ask(http.MethodPost, "/api/v1/files/zip", token, map[string][]string{"ids": ids})
	require.Equal(t, http.StatusOK, a.Status, "%s", a.Body)
	archive, err := zip.NewReader(bytes.NewReader(a.Body), int64(len(a.Body)))
	require.NoError(t, err)
	require.Len(t, archive.File, len(ids))
	unpacked := map[string]bool{}
	for i, entry := range archive.File {
		requireSafe(t, entry.Name)
		require.False(t, entry.NonUTF8, "%q", entry.Name)
		if saved[i] != "" {
			require.Equal(t, saved[i], entry.Name, "as it is zipped")
		}
		require.False(t, unpacked[strings.ToLower(entry.Name)], "%q is there twice", entry.Name)
		unpacked[strings.ToLower(entry.Name)] = true
	}
}

// savedAs reads a Content-Disposition as a browser does, and demands that both
// forms of the name are harmless.
func savedAs(t *testing.T, disposition string) string {
	t.Helper()
	require.Regexp(t, `^attachment; filename="[ -!#-\[\]-~]*"; filename\*=UTF-8''[!#$&+.^_`+"`"+`|~0-9A-Za-z%-]*$`, disposition)
	_, plain, _ := strings.Cut(disposition, `filename="`)
	plain, _, _ = strings.Cut(plain, `"`)
	requireSafe(t, plain)
	kind, params, err := mime.ParseMediaType(disposition)
	require.NoError(t, err, disposition)
	require.Equal(t, "attachment", kind)
	requireSafe(t, params["filename"]) // filename*, which goes first
	return params["filename"]
}

// requireSafe demands a name that is one file, here and now, on any system.
func requireSafe(t *testing.T, name string) {
	t.Helper()
	require.NotEmpty(t, name)
	require.True(t, utf8.ValidString(name), "%q", name)
	require.LessOrEqual(t, len(name), 255, "%q", name)
	require.NotContains(t, name, "..\\", "%q", name)
	require.Equal(t, name, path.Base(path.Clean("/"+name)), "%q", name)
	require.NotContains(t, "./\\", name[:1], "%q", name)
	require.NotContains(t, ". ", name[len(name)-1:], "%q", name)
	require.False(t, strings.ContainsAny(name, `<>:"/\|?*`), "%q", name)
	for _, r := range name {
		require.False(t, unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r), "%q", name)
	}
	base, _, _ := strings.Cut(name, ".")
	require.False(t, diskname.Reserved(base), "%q", name)
}
