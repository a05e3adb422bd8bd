package api

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"
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

// downloadName is a file's name with the ending of what is really in it.
func downloadName(name, mimeType string) string {
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

// attachment is the Content-Disposition of a download, RFC 6266: the name in
// UTF-8, and before it one in ASCII for clients that read no other.
func attachment(name string) string {
	name = safeOnDisk(name)
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + extValue(name)
}

// maxOnDisk is how long a name may be on a disk, in bytes: the usual limit is
// 255, and what saves a file may add to its name.
const maxOnDisk = 240

// safeOnDisk replaces what some file system gives a meaning to, and shortens
// what none takes.
func safeOnDisk(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(fitOnDisk(name), ". ")
	base, _, _ := strings.Cut(name, ".")
	if reservedOnDisk(strings.ToUpper(strings.TrimSpace(base))) || strings.HasPrefix(name, ".") || name == "" {
		name = "_" + name
	}
	return name
}

// fitOnDisk cuts a name that is too long before its ending, between two characters.
func fitOnDisk(name string) string {
	if len(name) <= maxOnDisk {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > maxOnDisk/10 {
		ext = ""
	}
	return cutBytes(strings.TrimSuffix(name, ext), maxOnDisk-len(ext)) + ext
}

// cutBytes keeps at most n bytes of a text, and no half of a character.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// reservedOnDisk knows the device names of Windows, which no file there can have.
func reservedOnDisk(base string) bool {
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	device := strings.HasPrefix(base, "COM") || strings.HasPrefix(base, "LPT")
	return device && len([]rune(base)) == 4 && strings.ContainsAny(base[3:], "0123456789¹²³")
}

// extValue encodes as RFC 8187 does: everything but attr-char is escaped.
func extValue(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0
		if plain {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
