package auth

import (
	_ "embed"
	"strings"
	"sync"
	"time"
)

// commonText lists what people choose most and attackers try first: words,
// names, walks over the keyboard and rows of digits, lower-case, one per line.
//
//go:embed common.txt
var commonText string

var commonWords = sync.OnceValue(func() map[string]struct{} {
	words := map[string]struct{}{}
	for word := range strings.Lines(commonText) {
		words[strings.TrimSpace(word)] = struct{}{}
	}
	return words
})

// What people put around a common word to make it another one.
const (
	decoration = "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "
	// A word stays what it was with so many such characters at its end,
	// whichever they are, and so many digits among them: "2023!!".
	trivialEnd    = 6
	trivialDigits = 4
	// leastRow is the length from which on a row of digits with more around it
	// is still that row.
	leastRow = 5
)

// common reports whether a password is one of the most common, or is made of
// one in a way that every guessing program knows: other case, letters written
// as digits, a few digits or signs around it, the same twice, or a row.
func common(password string) bool {
	p := strings.ToLower(password)
	for _, candidate := range []string{p, plainLetters.Replace(p), plainerLetters.Replace(p)} {
		if listed(candidate) {
			return true
		}
	}
	// Digits at the end are digits and no letters: Passw0rd1 is "password" and "1".
	word := strings.TrimRight(p, decoration)
	for _, letters := range []*strings.Replacer{plainLetters, plainerLetters} {
		if listed(letters.Replace(word) + p[len(word):]) {
			return true
		}
	}
	return false
}

// Two ways to read digits and signs as letters.
var (
	plainLetters   = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")
	plainerLetters = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "l")
)

// listed looks p up as it is and without what may stand around its word.
func listed(p string) bool {
	for end := len(p); end > 0 && (end == len(p) || decorative(p[end])); end-- {
		if !trivial(p[end:]) {
			continue // more of it may be a row, and so trivial again
		}
		for begin := 0; begin < end && (begin == 0 || decorative(p[begin-1])); begin++ {
			if trivial(p[:begin]) && base(p[begin:end]) {
				return true
			}
		}
	}
	return false
}

func decorative(b byte) bool { return strings.IndexByte(decoration, b) >= 0 }

// base reports whether a text is what people begin with. A few digits alone
// are too little to tell.
func base(p string) bool {
	if len(p) < leastRow && strings.Trim(p, decoration) == "" {
		return false
	}
	return known(p) || pattern(p)
}

// known looks a word up, also after what people begin with, and doubled.
func known(word string) bool {
	if _, ok := commonWords()[word]; ok {
		return true
	}
	for _, begin := range []string{"ilove", "my", "the"} {
		if rest, cut := strings.CutPrefix(word, begin); cut {
			if _, ok := commonWords()[rest]; ok {
				return true
			}
		}
	}
	half := word[:len(word)/2]
	_, ok := commonWords()[half]
	return ok && word == half+half
}

// trivial reports whether what stands around a word adds nothing to it.
func trivial(around string) bool {
	digits := strings.Trim(around, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
	if len(around) <= trivialEnd && len(digits) <= trivialDigits {
		return true
	}
	_, ok := commonWords()[digits]
	return ok || digits == "" || pattern(digits)
}

// pattern reports whether a text is a short piece again and again, a row of
// neighbours in the alphabet or of digits, or a date.
func pattern(p string) bool {
	for size := 1; size <= min(4, len(p)/2); size++ {
		if strings.Repeat(p[:size], len(p)/size+1)[:len(p)] == p {
			return true
		}
	}
	return row(p, 1) || row(p, -1) || date(p)
}

// row reports whether each character is the neighbour of the one before; after
// 9 comes 0.
func row(p string, step int) bool {
	for i := 1; i < len(p); i++ {
		next := int(p[i-1]) + step
		if p[i-1] >= '0' && p[i-1] <= '9' {
			next = '0' + (int(p[i-1]-'0')+step+10)%10
		}
		if int(p[i]) != next {
			return false
		}
	}
	return len(p) >= 3
}

// date reports whether eight digits are a day of the last hundred years or so.
func date(p string) bool {
	if len(p) != 8 {
		return false
	}
	for _, layout := range []string{"02012006", "01022006", "20060102"} {
		if day, err := time.Parse(layout, p); err == nil && day.Year() >= 1930 && day.Year() <= 2040 {
			return true
		}
	}
	return false
}
