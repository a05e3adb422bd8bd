package phashtest

import (
	"image"
	"math"
	"math/rand/v2"
)

// kinds are what there is to see. Several have much in common from one scene
// to the next, as what people photograph has: sky above, ground below, a face
// in the middle, a white page.
var kinds = []func(*canvas){
	landscape, seascape, texture, stillLife, portrait, city, blossoms, page, chart, night,
}

// sides are the usual shapes of pictures.
var sides = [][2]int{{320, 240}, {320, 213}, {320, 180}, {240, 240}, {240, 320}, {213, 320}}

// Scene is the scene of a number: the same each time, unlike every other.
func Scene(n int) *image.NRGBA {
	r := rand.New(rand.NewPCG(uint64(n), 0x5afe))
	size := sides[r.IntN(len(sides))]
	c := newCanvas(r, size[0], size[1])
	kinds[n%len(kinds)](c)
	vignette(c)
	return c.picture(c.between(0.005, 0.05))
}

// vignette darkens the corners, as lenses do, some more than others.
func vignette(c *canvas) {
	strength := c.between(0, 0.5)
	c.paint(func(x, y float64, under rgb) rgb {
		dx, dy := x-c.wide/2, y-c.tall/2
		return under.times(1 - strength*(dx*dx+dy*dy))
	})
}

func sky(c *canvas) {
	high, low := c.near(rgb{0.25, 0.45, 0.8}, 0.25), c.near(rgb{0.8, 0.8, 0.85}, 0.2)
	clouds, cover := c.noise(c.between(0.15, 0.5), 0.55, 5), c.between(-0.2, 0.4)
	white := c.near(rgb{0.9, 0.9, 0.9}, 0.1)
	c.paint(func(x, y float64, _ rgb) rgb {
		return high.mix(low, y/c.tall*1.4).mix(white, (clouds(x, y*2)-cover)*2)
	})
}

// landscape is hills behind hills beneath a sky, and sometimes a tree.
func landscape(c *canvas) {
	sky(c)
	ranges, ground := 2+c.IntN(4), c.near(rgb{0.3, 0.4, 0.2}, 0.2)
	horizon := c.between(0.3, 0.65)
	for i := range ranges {
		depth := float64(i+1) / float64(ranges)
		base := (horizon + (1-horizon)*depth*0.7) * c.tall
		ridge := c.noise(c.between(0.1, 0.5), c.between(0.35, 0.6), 5)
		height, rock := c.between(0.05, 0.3), c.noise(0.08, 0.6, 4)
		color := c.near(rgb{0.5, 0.55, 0.65}, 0.1).mix(ground, depth)
		c.paint(func(x, y float64, under rgb) rgb {
			if y < base-height*ridge(x, float64(i)*3) {
				return under
			}
			return color.times(1 + 0.45*rock(x, y))
		})
	}
	for range c.IntN(4) {
		x, foot, size := c.between(0, c.wide), c.between(0.7, 1)*c.tall, c.between(0.05, 0.3)
		c.box(x-size/12, foot-size, size/6, size, rgb{0.2, 0.15, 0.1})
		for range 14 {
			c.ellipse(x+c.between(-size, size)/2, foot-size-c.between(-0.3, 0.6)*size, size*c.between(0.1, 0.3), size*c.between(0.1, 0.3),
				0, 0.3, c.near(rgb{0.15, 0.3, 0.1}, 0.1))
		}
	}
}

// seascape is a sky, its sun, water and boats.
func seascape(c *canvas) {
	sky(c)
	horizon := c.between(0.35, 0.7) * c.tall
	sunX, sunY := c.between(0.1, 0.9)*c.wide, c.between(0.1, 0.9)*horizon
	c.ellipse(sunX, sunY, c.between(0.02, 0.08), c.between(0.02, 0.08), 0, 1.5, rgb{1, 0.9, 0.7})
	water, waves := c.near(rgb{0.15, 0.35, 0.45}, 0.15), c.noise(c.between(0.03, 0.12), 0.6, 4)
	c.patch(0, horizon, c.wide, c.tall, func(x, y float64, _ rgb) rgb {
		depth := (y - horizon) / (c.tall - horizon)
		off := (x - sunX) / (0.05 + 0.2*depth)
		glitter := math.Exp(-off * off)
		return water.times(0.7+0.5*depth+0.4*waves(x, y*4)).mix(rgb{1, 0.9, 0.7}, glitter*0.6*(0.5+waves(x*2, y*9)))
	})
	for range c.IntN(5) {
		x, y, s := c.between(0, c.wide), c.between(horizon, c.tall), c.between(0.03, 0.15)
		c.ellipse(x, y, s, s/5, 0, 0.1, c.color().times(0.6))
		c.ellipse(x, y-s*0.8, s/3, s*0.8, 0.2, 0.05, c.near(rgb{0.85, 0.85, 0.8}, 0.15))
	}
}

// texture is a wall, a meadow, bark: chance bent by chance.
func texture(c *canvas) {
	a, b := c.color(), c.color()
	base := c.noise(c.between(0.08, 0.6), c.between(0.4, 0.75), 6)
	bendX, bendY := c.noise(0.3, 0.5, 3), c.noise(0.3, 0.5, 3)
	bend, stretch, contrast := c.between(0, 0.4), c.between(0.4, 2.5), c.between(0.8, 2.5)
	c.paint(func(x, y float64, _ rgb) rgb {
		n := base(x*stretch+bend*bendX(x, y), y+bend*bendY(x, y))
		return a.mix(b, 0.5+contrast*n)
	})
}

// stillLife is things on a table.
func stillLife(c *canvas) {
	wall, table := c.color(), c.color()
	edge, wood := c.between(0.3, 0.8)*c.tall, c.noise(0.1, 0.5, 4)
	c.paint(func(x, y float64, _ rgb) rgb {
		if y < edge {
			return wall.times(0.7 + 0.5*x)
		}
		return table.times(0.85 + 0.3*wood(x, y*6))
	})
	for range 3 + c.IntN(12) {
		x, y, s, color := c.between(0, c.wide), c.between(0.2, 1)*c.tall, c.between(0.03, 0.22), c.color()
		if c.IntN(3) == 0 {
			c.box(x-s/2, y-s, s*c.between(0.3, 1), s*c.between(0.6, 1.5), color)
			continue
		}
		c.ellipse(x+s*0.2, y+s*0.25, s, s*0.5, 0, 0.4, table.times(0.4))
		c.ellipse(x, y, s*c.between(0.5, 1), s*c.between(0.5, 1), c.between(0, 3), 0.03, color)
	}
}

// portrait is a head on shoulders before something out of focus.
func portrait(c *canvas) {
	back, blur := c.color(), c.noise(c.between(0.15, 0.5), 0.4, 3)
	other := c.color()
	c.paint(func(x, y float64, _ rgb) rgb { return back.mix(other, 0.5+blur(x, y)) })
	size := c.between(0.12, 0.24)
	x, y := c.between(0.3, 0.7)*c.wide, c.between(0.3, 0.5)*c.tall
	skin, hair, cloth := c.near(rgb{0.75, 0.55, 0.45}, 0.2), c.color().times(0.6), c.color()
	c.ellipse(x+c.between(-0.1, 0.1), y+size*2.6, size*2.1, size*1.5, 0, 0.05, cloth)
	c.ellipse(x, y-size*0.3, size*c.between(0.8, 1.1), size*c.between(1, 1.4), c.between(-0.2, 0.2), 0.1, hair)
	c.ellipse(x, y, size*0.75, size, 0, 0.05, skin)
	for _, side := range []float64{-1, 1} {
		c.ellipse(x+side*size*0.3, y-size*0.15, size*0.12, size*0.07, 0, 0.1, rgb{0.1, 0.1, 0.1})
	}
	c.ellipse(x, y+size*0.5, size*0.25, size*0.06, 0, 0.2, rgb{0.6, 0.2, 0.2})
}

// city is rows of houses with their windows.
func city(c *canvas) {
	sky(c)
	for row := range 3 {
		shade := c.between(0.3, 0.9)
		for x := -c.between(0, 0.2); x < c.wide; {
			width, height := c.between(0.05, 0.25), c.between(0.15, 0.75)*c.tall*(1-0.25*float64(row))
			wall := c.near(rgb{0.6, 0.55, 0.5}, 0.25).times(shade)
			c.box(x, c.tall-height, width, height, wall)
			pane, step := c.near(rgb{0.3, 0.35, 0.4}, 0.3), c.between(0.015, 0.04)
			for wy := c.tall - height + step; wy < c.tall; wy += 2 * step {
				for wx := x + step; wx < x+width-step; wx += 2 * step {
					c.box(wx, wy, step, step, pane.times(c.between(0.6, 1.4)))
				}
			}
			x += width * c.between(0.9, 1.3)
		}
	}
}
