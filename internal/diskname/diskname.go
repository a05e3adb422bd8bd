// Package diskname makes names under which files can be saved on any system:
// by downloads, in archives, and by exports.
package diskname

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// extensions are what names of pictures of a type end in, the usual one first.
var extensions = map[string][]string{
	"image/webp": {".webp"},
	"image/jpeg": {".jpg", ".jpeg", ".jpe", ".jfif"},
	"image/png":  {".png"},
	"image/gif":  {".gif"},
	"image/tiff": {".tif", ".tiff"},
	"image/avif": {".avif"},
	"image/heic": {".heic", ".heif"},
	"image/heif": {".heif", ".heic"},
}

// WithType is a name with the ending of what is really in the file.
func WithType(name, mimeType string) string {
	right := extensions[mimeType]
	if len(right) == 0 {
		return name
	}
	ext := path.Ext(name)
	if slices.Contains(right, strings.ToLower(ext)) {
		return name
	}
	for _, known := range extensions {
		if base := strings.TrimSuffix(name, ext); base != "" && slices.Contains(known, strings.ToLower(ext)) {
			return base + right[0]
		}
	}
	return name + right[0]
}

// longest is how long a name may be, in bytes: the usual limit is 255, and what
// saves a file may add to its name.
const longest = 240

// Safe replaces what some file system gives a meaning to, and shortens what
// none takes. The result is one component of a path and never empty.
func Safe(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(fit(name), ". ")
	base, _, _ := strings.Cut(name, ".")
	if Reserved(base) || strings.HasPrefix(name, ".") || name == "" {
		name = "_" + name
	}
	return name
}

// fit cuts a name that is too long before its ending, between two characters.
func fit(name string) string {
	if len(name) <= longest {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > longest/10 {
		ext = ""
	}
	return cut(strings.TrimSuffix(name, ext), longest-len(ext)) + ext
}

// cut keeps at most n bytes of a text, and no half of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Reserved knows the device names of Windows, which no file there can have,
// whatever ending follows.
func Reserved(base string) bool {
	base = strings.ToUpper(strings.TrimSpace(base))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	device := strings.HasPrefix(base, "COM") || strings.HasPrefix(base, "LPT")
	return device && len([]rune(base)) == 4 && strings.ContainsAny(base[3:], "0123456789¹²³")
}

// Taken are the names that are taken in one folder, as systems compare them that
// do not tell capitals, or one way to write an accent from another.
type Taken map[string]bool

// Take gives a name, numbered if it is taken.
func (t Taken) Take(name string) string {
	ext := path.Ext(name)
	base, free := strings.TrimSuffix(name, ext), name
	for i := 2; t[key(free)]; i++ {
		end := " (" + strconv.Itoa(i) + ")" + ext
		free = cut(base, longest-len(end)) + end
	}
	t[key(free)] = true
	return free
}

// Add takes a name as it is, whether it is taken or not.
func (t Taken) Add(name string) { t[key(name)] = true }

func key(name string) string { return strings.ToLower(norm.NFKC.String(name)) }
