package scenery

import "math"

// lights are lamps out of focus.
func lights(ground, lamps palette) func(float64, int) shader {
	type lamp struct {
		u, v, r, strength float64
		tone              colour
	}
	return func(aspect float64, seed int) shader {
		var all []lamp
		for i := range 110 {
			z := hash(i, 1, seed)
			all = append(all, lamp{
				u: hash(i, 2, seed) * aspect, v: 0.1 + 0.75*hash(i, 3, seed), r: 0.018 + 0.085*z*z,
				strength: 0.25 + 0.6*hash(i, 4, seed)*(1.2-z), tone: lamps.at(hash(i, 5, seed)),
			})
		}
		return func(u, v float64) colour {
			c := ground.at(v).times(0.7 + 0.6*cloud(u*2, v*2, seed, 4))
			for _, l := range all {
				d := math.Hypot(u-l.u, v-l.v) / l.r
				if d < 1.1 {
					rim := 0.75 + 0.45*step(0.7, 0.97, d)
					c = c.plus(l.tone, l.strength*rim*(1-step(0.94, 1.06, d))*0.6)
				}
				c = c.plus(l.tone, 0.010*l.strength*math.Exp(-d*d/14))
			}
			return c
		}
	}
}

// petals are a flower from close by, row behind row.
func petals(tones palette, behind colour, count int) func(float64, int) shader {
	return func(aspect float64, seed int) shader {
		return func(u, v float64) colour {
			x, y := u-aspect*0.5, (v-0.5)*1.06
			r, a := math.Hypot(x, y), math.Atan2(y, x)
			c := behind.mix(rgb(0xffffff), 0.35*cloud(u*1.7, v*1.7, seed, 3)).times(0.55 + 0.6*noise(u*1.2, v*1.2, seed+1))
			const rows = 7
			for row := range rows {
				reach := 0.47 - 0.052*float64(row)
				turn := a*float64(count)/(2*math.Pi) + 0.5*float64(row) + 0.25*hash(row, 1, seed)
				index := math.Floor(turn)
				side := math.Abs(turn-index-0.5) * 2
				edge := reach * (1 - 0.55*math.Pow(side, 2.4)) * (0.94 + 0.1*hash(int(index), row, seed))
				if r > edge {
					c = c.times(1 - 0.5*math.Exp(-(r-edge)*55)) // its shadow on the row below
					continue
				}
				along := r / edge
				c = tones.at(0.15 + 0.75*along - 0.15*side + 0.05*float64(row%2))
				c = c.times(0.80 + 0.25*along - 0.22*side*side + 0.16*noise(turn*9, r*14, seed+row))
			}
			if heart := 0.085 * (1 + 0.1*noise(a*5, 1, seed)); r < heart {
				seeds := noise(r*260*math.Cos(a*2), r*260*math.Sin(a*3), seed)
				c = tones[0].times(0.5+0.9*seeds).mix(tones[2], 0.35*step(heart*0.6, heart, r))
			}
			return c
		}
	}
}

// strata are layers of stone, folded.
func strata(tones palette) func(float64, int) shader {
	return func(aspect float64, seed int) shader {
		return func(u, v float64) colour {
			fold := cloud(u*1.3, v*0.9, seed, 4)
			warp := cloud(u*1.1+2.5*fold, v*1.7-1.5*fold, seed+3, 5)
			t := u*0.5/aspect + 2.1*warp + 0.5*v
			layer := 0.5 + 0.5*math.Sin(t*9)
			fine := 0.5 + 0.5*math.Sin(t*120+6*fold)
			c := tones.at(0.75*layer + 0.25*warp)
			light := step(0.25, 0.8, cloud(u*0.9+fold, v*0.5, seed+7, 3))
			return c.times(0.5 + 0.55*light + 0.07*fine + 0.12*(cloud(u*40, v*40, seed+9, 3)-0.5))
		}
	}
}

// dunes are sand in the low sun: one side of each crest is in the shade.
func dunes(sky palette, lit, shade colour) func(float64, int) shader {
	return func(_ float64, seed int) shader {
		return func(u, v float64) colour {
			c := sky.at(v / 0.5)
			for i := range 5 {
				depth := float64(i) / 4
				crest := func(u float64) float64 {
					return 0.42 + 0.42*depth*depth + (0.13+0.05*depth)*(0.5-noise(u*(2.6-1.5*depth)+float64(i)*5.7, 1, seed+i))
				}
				top := crest(u)
				if v < top {
					continue
				}
				slope := (crest(u+0.02) - top) / 0.02
				down := v - top
				facing := step(-0.25, 0.2, slope*1.4-down*0.5+0.1*noise(u*7, v*7, seed))
				ripple := 0.5 + 0.5*math.Sin((u*0.6+v*2.4+0.12*cloud(u*5, v*5, seed+i, 3))*(150-70*depth))
				c = lit.mix(shade, 0.85*facing).times(0.93 + 0.10*ripple*(1-facing))
				c = c.mix(sky[len(sky)-1], 0.45*(1-depth)*(1-depth))
			}
			return c
		}
	}
}

// oranges lie on a table at a window.
func oranges() func(float64, int) shader {
	type ball struct{ x, y, r float64 }
	return func(aspect float64, seed int) shader {
		balls := []ball{{0.36 * aspect, 0.56, 0.185}, {0.66 * aspect, 0.53, 0.205}, {0.53 * aspect, 0.70, 0.19}}
		return func(u, v float64) colour {
			wall := rgb(0x46555a).mix(rgb(0x9fae9f), step(0.9, 0, u/aspect)*(0.6+0.4*cloud(u*1.5, v*1.5, seed, 4)))
			wood := rgb(0x5b3a21).mix(rgb(0xa9744f), cloud(u*1.2, v*26, seed+2, 5)).times(0.75 + 0.5*step(aspect, 0, u))
			c := wall.mix(wood, step(0.605, 0.615, v))
			for _, b := range balls {
				sx, sy := (u-b.x-b.r*0.55)/(b.r*1.25), (v-b.y-b.r*0.86)/(b.r*0.26)
				if v > 0.6 {
					c = c.times(1 - 0.62*math.Exp(-(sx*sx+sy*sy)*0.9))
				}
			}
			for _, b := range balls {
				x, y := (u-b.x)/b.r, (v-b.y)/b.r
				d := x*x + y*y
				if d > 1.02 {
					continue
				}
				z := math.Sqrt(max(0, 1-d))
				pore := cloud(x*26/(0.4+z), y*26/(0.4+z), seed+5, 2) - 0.5
				light := clamp(-0.62*x - 0.5*y + 0.6*z + 0.25*pore)
				skin := rgb(0x7a2c02).mix(rgb(0xff9f1c), 0.15+0.95*light)
				gleam := math.Pow(clamp(-0.42*x-0.46*y+0.78*z+0.06*pore), 42)
				skin = skin.plus(rgb(0xfff4dc), 0.75*gleam).plus(rgb(0x8a5a3a), 0.25*step(0.5, 1, y)*(1-z))
				c = skin.mix(c, step(0.985, 1.015, d))
			}
			return c
		}
	}
}
