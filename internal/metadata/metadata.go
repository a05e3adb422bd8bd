// Package metadata lists what an image file tells besides its picture: where
// and with what it was taken, by whom it was written, and what hides behind
// its end. It is for people who want to know what will be cut; what is cut, and
// how, is package container's, which does not ask what it is.
package metadata

import (
	"cmp"
	"fmt"
	"slices"

	"safelight/internal/imageinfo"
)

// Kind is a kind of metadata. Wire format of `safelight inspect --json`.
type Kind string

// The kinds that are told apart. EXIF stands for the block; what it holds
// besides, of the kinds from GPS on, is listed by itself.
const (
	EXIF      Kind = "exif"
	XMP       Kind = "xmp"
	IPTC      Kind = "iptc"
	Comment   Kind = "comment"
	Text      Kind = "text"
	Trailer   Kind = "trailer" // bytes behind the end of the picture
	Other     Kind = "other"   // blocks of programs and makers
	GPS       Kind = "gps"
	MakerNote Kind = "makerNote"
	Serial    Kind = "serialNumber"
	Thumbnail Kind = "thumbnail"
)

// Item is one piece of metadata. Bytes is its size in the file, 0 where that
// is not looked up (thumbnails of AVIF and HEIC); Detail, what
// it says as far as a line holds it, or empty.
type Item struct {
	Kind   Kind   `json:"kind"`
	Bytes  int64  `json:"bytes"`
	Detail string `json:"detail,omitempty"`
}

// maxItems bounds a list: beyond it nobody reads on.
const maxItems = 64

// List names the metadata of a file of this format, in the order of kinds. It
// reads as far as the file makes sense and no further: damage is not its
// business. Its work is bounded by the size of the file.
func List(format imageinfo.Format, file []byte) []Item {
	var l list
	switch format {
	case imageinfo.JPEG:
		l.jpeg(file)
	case imageinfo.PNG:
		l.png(file)
	case imageinfo.WebP:
		l.webp(file)
	case imageinfo.GIF:
		l.gif(file)
	case imageinfo.TIFF:
		l.tiff(file)
	case imageinfo.AVIF, imageinfo.HEIC:
		l.heif(file)
	case imageinfo.Unknown:
	}
	slices.SortStableFunc(l.items, func(a, b Item) int { return cmp.Compare(rank[a.Kind], rank[b.Kind]) })
	return l.items
}

var rank = func() map[Kind]int {
	of := map[Kind]int{}
	for i, k := range []Kind{EXIF, GPS, MakerNote, Serial, Thumbnail, XMP, IPTC, Comment, Text, Other, Trailer} {
		of[k] = i
	}
	return of
}()

type list struct{ items []Item }

// add notes a piece. Pieces of a kind without detail are counted as one.
func (l *list) add(kind Kind, bytes int, detail string) {
	for i := range l.items {
		if it := &l.items[i]; it.Kind == kind && it.Detail == detail {
			it.Bytes += int64(bytes)
			return
		}
	}
	if len(l.items) < maxItems {
		l.items = append(l.items, Item{Kind: kind, Bytes: int64(bytes), Detail: detail})
	}
}

func (l *list) trailer(n int) {
	if n > 0 {
		l.add(Trailer, n, "behind the end of the picture")
	}
}

// text is what of some bytes fits a line and can be shown.
func text(b []byte) string {
	const longest = 60
	var out []rune
	for _, r := range string(b) {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == 0xfffd {
			if len(out) == 0 || out[len(out)-1] == ' ' {
				continue
			}
			r = ' '
		}
		if len(out) == longest {
			return string(out) + "…"
		}
		out = append(out, r)
	}
	for len(out) > 0 && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	return string(out)
}

func named(name string, value []byte) string {
	if v := text(value); v != "" {
		return fmt.Sprintf("%s: %s", name, v)
	}
	return name
}
