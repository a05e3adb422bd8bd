package codec

import (
	"encoding/binary"
	"math"
)

// sRGB's primaries in a profile: XYZ, adapted to D50.
var srgbPrimaries = map[string][3]float64{
	"rXYZ": {0.4360, 0.2225, 0.0139},
	"gXYZ": {0.3851, 0.7169, 0.0971},
	"bXYZ": {0.1431, 0.0606, 0.7141},
}

// isSRGB reports whether a colour profile says what a picture without one
// says anyway. Most photos carry one of these, and colour management costs as
// much as the resize. It is judged by primaries and tone curves, not by its name.
func isSRGB(profile []byte) bool {
	if len(profile) < 132 || string(profile[16:24]) != "RGB XYZ " {
		return false
	}
	tags := profileTags(profile)
	for name, want := range srgbPrimaries {
		got, ok := xyz(tags[name])
		if !ok {
			return false
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 0.002 {
				return false
			}
		}
	}
	for _, name := range []string{"rTRC", "gTRC", "bTRC"} {
		for _, at := range []float64{0.02, 0.1, 0.25, 0.5, 0.75} {
			got, ok := toneCurve(tags[name], at)
			if !ok || math.Abs(got-srgbTone(at)) > 0.003 {
				return false
			}
		}
	}
	return tags["A2B0"] == nil // a table would be used instead of the primaries
}

// onlyPerceptual reports whether a profile has no other table to convert with
// than that for the perceptual intent. Asked for another, libvips would leave
// the whole profile aside.
func onlyPerceptual(profile []byte) bool {
	tags := profileTags(profile)
	return tags["A2B0"] != nil && tags["A2B1"] == nil && tags["rXYZ"] == nil && tags["kTRC"] == nil
}

// onlyColors is a profile of primaries and tone curves without anything else
// that it held: names, dates, copyrights, what a maker saw fit to add. Nil for
// a profile of another build.
func onlyColors(profile []byte) []byte {
	be := binary.BigEndian
	if len(profile) < 132 || string(profile[16:24]) != "RGB XYZ " {
		return nil
	}
	tags := profileTags(profile)
	names := []string{"wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"}
	out := make([]byte, 128, 1024)
	copy(out[8:12], profile[8:12])   // version
	copy(out[12:24], profile[12:24]) // class and spaces
	copy(out[36:40], "acsp")
	copy(out[68:80], profile[68:80]) // the light it is seen under
	out = be.AppendUint32(out, uint32(len(names)))
	at := len(out) + 12*len(names)
	var bodies []byte
	for _, name := range names {
		body := tags[name]
		if body == nil || len(body) > maxCurve {
			return nil
		}
		out = append(out, name...)
		out = be.AppendUint32(out, uint32(at+len(bodies)))
		out = be.AppendUint32(out, uint32(len(body)))
		bodies = append(append(bodies, body...), make([]byte, -len(body)&3)...)
	}
	out = append(out, bodies...)
	be.PutUint32(out, uint32(len(out)))
	return out
}

// maxCurve bounds the tags that are kept: a tone curve of 4096 steps.
const maxCurve = 12 + 2*4096

// profileTags finds the tags of a profile.
func profileTags(profile []byte) map[string][]byte {
	if len(profile) < 132 {
		return nil
	}
	tags := map[string][]byte{}
	for i := range min(binary.BigEndian.Uint32(profile[128:]), 100) {
		at := 132 + 12*int(i)
		if at+12 > len(profile) {
			return nil
		}
		off, length := uint64(binary.BigEndian.Uint32(profile[at+4:])), uint64(binary.BigEndian.Uint32(profile[at+8:]))
		if off+length > uint64(len(profile)) {
			return nil
		}
		tags[string(profile[at:at+4])] = profile[off : off+length]
	}
	return tags
}

func xyz(tag []byte) (v [3]float64, ok bool) {
	if len(tag) < 20 || string(tag[:4]) != "XYZ " {
		return v, false
	}
	for i := range v {
		v[i] = fixed(tag[8+4*i:])
	}
	return v, true
}

func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

// toneCurve evaluates a sampled or a parametric curve.
func toneCurve(tag []byte, x float64) (float64, bool) {
	if len(tag) < 12 {
		return 0, false
	}
	switch string(tag[:4]) {
	case "curv":
		n := uint64(binary.BigEndian.Uint32(tag[8:]))
		if n < 16 || n*2 > uint64(len(tag)-12) { // fewer are a plain gamma, which sRGB is not
			return 0, false
		}
		at := x * float64(n-1)
		low := int(at)
		sample := func(i int) float64 { return float64(binary.BigEndian.Uint16(tag[12+2*i:])) / 65535 }
		return sample(low) + (at-float64(low))*(sample(low+1)-sample(low)), true
	case "para":
		if binary.BigEndian.Uint16(tag[8:]) != 3 || len(tag) < 32 {
			return 0, false
		}
		g, a, b, c, d := fixed(tag[12:]), fixed(tag[16:]), fixed(tag[20:]), fixed(tag[24:]), fixed(tag[28:])
		if x >= d {
			return math.Pow(a*x+b, g), true
		}
		return c * x, true
	}
	return 0, false
}

// srgbTone is sRGB's own curve.
func srgbTone(x float64) float64 {
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}
