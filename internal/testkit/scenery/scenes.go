package scenery

import (
	"image"
	"math"
)

// Scene is a picture that can be painted in any size.
type Scene struct {
	Name          string // of a file, with its extension
	Width, Height int    // that suit it, in pixels
	seed          int
	at            func(aspect float64, seed int) shader
}

// Paint draws the scene with its longer side as given, in pixels.
func (s Scene) Paint(longer int) *image.RGBA {
	k := float64(longer) / float64(max(s.Width, s.Height))
	w, h := int(float64(s.Width)*k), int(float64(s.Height)*k)
	return paint(w, h, s.seed, s.at(float64(w)/float64(h), s.seed))
}

// Scenes are all of them, always the same.
func Scenes() []Scene {
	return []Scene{
		{"Dolomites, last light.jpg", 3, 2, 11, ridges(colours(0x2b3a67, 0x6d597a, 0xe56b6f, 0xf7b267, 0xffe3a3), rgb(0xb56576), rgb(0x160f29), 0.34, 6)},
		{"Fog over the valley.jpg", 3, 2, 12, ridges(colours(0x9fb8c8, 0xc9d6df, 0xe7ecef, 0xf4f1ea), rgb(0xb8c7cf), rgb(0x24363f), 0.30, 7)},
		{"Sea at seven.jpg", 4, 3, 13, water(colours(0x1d3557, 0x457b9d, 0xf4a261, 0xffd6a5), rgb(0xfff1c9), 0.52, 0.62)},
		{"Night above the hut.jpg", 2, 3, 14, night(colours(0x05060f, 0x0b1026, 0x1b2a4a, 0x3a4a63), colour{})},
		{"Aurora, Tromsø.jpg", 3, 2, 15, night(colours(0x020409, 0x06101f, 0x0c2233), rgb(0x3ddc97))},
		{"Crossing in the rain.jpg", 3, 2, 16, lights(colours(0x0b0c10, 0x1f1a2b, 0x2a1b2e), colours(0xff6b35, 0xffd166, 0xef476f, 0x4cc9f0))},
		{"Christmas market.jpg", 1, 1, 17, lights(colours(0x1a0f0a, 0x3b1c0f, 0x24120c), colours(0xffe8a3, 0xffb347, 0xff7b54, 0xfff3d6))},
		{"Dahlia.jpg", 1, 1, 18, petals(colours(0x7b0d3a, 0xd81e5b, 0xf06595, 0xffd6e0), rgb(0x14261c), 13)},
		{"Sunflower, Tuscany.jpg", 4, 3, 19, petals(colours(0x5a2a00, 0xd98200, 0xffb703, 0xffe169), rgb(0x2f6690), 21)},
		{"Antelope Canyon.jpg", 2, 3, 20, strata(colours(0x3d0c02, 0x8c2f0b, 0xd9601a, 0xf4a259, 0xffd9a0))},
		{"Agate, cut.jpg", 4, 3, 21, strata(colours(0x0b3954, 0x087e8b, 0xbfd7ea, 0xf2f7f5, 0x5c9ead))},
		{"Still life with three oranges.jpg", 4, 3, 22, oranges()},
		{"Erg Chebbi.jpg", 16, 9, 23, dunes(colours(0x3a86c8, 0x8ecae6, 0xfde8c9), rgb(0xe09f3e), rgb(0x6a3d1a))},
		{"Lake before sunrise.jpg", 16, 9, 24, water(colours(0x22223b, 0x4a4e69, 0xc9ada7, 0xf2e9e4), rgb(0xffe5d9), 0.46, 0.3)},
	}
}

// ridges are mountains behind mountains, paler the farther they are.
func ridges(sky palette, far, near colour, horizon float64, rows int) func(float64, int) shader {
	return func(aspect float64, seed int) shader {
		return func(u, v float64) colour {
			c := sky.at(v / (horizon + 0.25))
			c = c.mix(rgb(0xffffff), 0.35*step(0.55, 0.85, cloud(u*1.6, v*6, seed, 5)))
			sun := math.Hypot(u-aspect*0.68, v-horizon*0.95)
			c = c.plus(sky[len(sky)-1], 0.6*math.Exp(-sun*sun*40))
			for i := range rows {
				depth := float64(i) / float64(rows-1)
				base := horizon + depth*depth*0.62
				rough := 0.22 - 0.09*depth
				top := base + rough*(0.45-cloud(u*(1.6+2.2*depth)+float64(i)*7.3, float64(i)*3.1, seed+i, 7))
				if v < top {
					continue
				}
				c = far.mix(near, math.Pow(depth, 0.8))
				c = c.mix(sky.at(0.85), 0.5*(1-depth)*step(0, 0.28, v-top)) // haze lies in the valleys
				c = c.times(0.9 + 0.2*cloud(u*30, v*30, seed+50+i, 3))
			}
			return c
		}
	}
}

// water mirrors the sky and the sun.
func water(sky palette, sun colour, horizon, where float64) func(float64, int) shader {
	return func(aspect float64, seed int) shader {
		above := func(u, v float64) colour {
			c := sky.at(v / horizon)
			c = c.mix(sky[len(sky)-1], 0.55*step(0.5, 0.8, cloud(u*1.3, v*8, seed, 6))*step(0, 0.4, v))
			d := math.Hypot(u-aspect*where, v-horizon+0.06)
			c = c.plus(sun, 0.8*math.Exp(-d*d*30))
			return c.mix(rgb(0xfffef8), 1-step(0.032, 0.038, d))
		}
		return func(u, v float64) colour {
			if v < horizon {
				c := above(u, v)
				land := horizon - 0.02 - 0.07*cloud(u*2.2, 1, seed+9, 6)*step(0.35, 0.9, noise(u*1.1, 2, seed+5))
				if v > land {
					c = sky[0].mix(c, 0.25)
				}
				return c
			}
			depth := (v - horizon) / (1 - horizon)
			far := 1 / (0.06 + depth)
			wave := cloud(u*3*far, far*9, seed+20, 4) - 0.5
			c := above(u+wave*0.05, horizon-(v-horizon)*0.9-math.Abs(wave)*0.12)
			c = c.mix(sky[0], 0.25+0.35*depth)
			path := math.Exp(-square((u - aspect*where + wave*0.12) / (0.04 + 0.10*depth)))
			return c.plus(sun, path*step(0.02, 0.28, wave)*0.9)
		}
	}
}

// night is stars, the Milky Way or an aurora, and a hill with trees.
func night(sky palette, glow colour) func(float64, int) shader {
	return func(aspect float64, seed int) shader {
		return func(u, v float64) colour {
			hill := 0.86 - 0.10*cloud(u*1.4, 3, seed+4, 5)
			tooth := math.Abs(math.Mod(u*46+3*noise(u*9, 1, seed), 1) - 0.5)
			if v > hill-(0.02+0.05*noise(u*23, 7, seed+8))*(1-2*tooth) {
				return rgb(0x03050a)
			}
			c := sky.at(v / 0.9)
			band := math.Exp(-square((u-aspect*0.5)*0.8-(v-0.4)*0.55) * 9)
			if glow == (colour{}) {
				dust := cloud(u*5, v*5, seed, 6)
				c = c.plus(rgb(0x9fa8da), 0.5*band*step(0.3, 0.8, dust)).plus(rgb(0xe6b980), 0.25*band*band*dust)
			} else {
				curtain := cloud(u*2.4+0.3*noise(u*2, v*2, seed), 0.7, seed, 4)
				foot := 0.62 - 0.35*curtain
				rays := 0.35 + 0.65*noise(u*38+6*curtain, 0.5, seed+3)
				bright := step(foot+0.03, foot-0.01, v) * math.Exp(-(foot-v)*4.2) * rays
				c = c.plus(glow.mix(rgb(0x8a5cf6), step(0.05, 0.4, foot-v)), bright*0.95)
			}
			return c.plus(rgb(0xf4f6ff), star(u, v, seed)*(0.5+band))
		}
	}
}

// star is the light of the star of a place, if there is one.
func star(u, v float64, seed int) float64 {
	const grid = 90
	x, y := int(u*grid), int(v*grid)
	if hash(x, y, seed+70) < 0.72 {
		return 0
	}
	dx := u*grid - float64(x) - 0.2 - 0.6*hash(x, y, seed+71)
	dy := v*grid - float64(y) - 0.2 - 0.6*hash(x, y, seed+72)
	size := 0.02 + 0.10*math.Pow(hash(x, y, seed+73), 6)
	return math.Exp(-(dx*dx + dy*dy) / (size * size) / 2)
}

func square(x float64) float64 { return x * x }
