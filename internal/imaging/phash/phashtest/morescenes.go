package phashtest

import "math"

// blossoms is flowers near the lens before leaves out of focus.
func blossoms(c *canvas) {
	green, leaves := c.near(rgb{0.2, 0.4, 0.15}, 0.2), c.noise(c.between(0.1, 0.3), 0.4, 3)
	c.paint(func(x, y float64, _ rgb) rgb { return green.times(1 + 0.9*leaves(x, y)) })
	for range 10 + c.IntN(20) {
		s := c.between(0.02, 0.1)
		c.ellipse(c.between(0, c.wide), c.between(0, c.tall), s, s, 0, 0.6, c.near(green, 0.3))
	}
	petal := c.color()
	for range 1 + c.IntN(6) {
		x, y, s, n := c.between(0, c.wide), c.between(0, c.tall), c.between(0.06, 0.25), 5+c.IntN(6)
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
			c.ellipse(x+cos*s*0.6, y+sin*s*0.6, s*0.5, s*0.22, math.Atan2(sin, cos), 0.05, c.near(petal, 0.08))
		}
		c.ellipse(x, y, s*0.25, s*0.25, 0, 0.1, rgb{0.8, 0.7, 0.2})
	}
}

// write sets a paragraph: strokes in words in lines. It returns where it ends.
func write(c *canvas, left, top, width, size float64, lines int, ink rgb) float64 {
	for line := range lines {
		end := left + width
		if line == lines-1 {
			end = left + width*c.between(0.2, 0.9)
		}
		for x := left; x < end; {
			for word := c.between(2, 9) * size * 0.6; word > 0 && x < end; word -= size * 0.6 {
				high := size * c.between(0.5, 1)
				c.box(x, top+size-high, size*0.14, high, ink)
				c.box(x, top+size*c.between(0.2, 0.9), size*0.45, size*0.12, ink)
				x += size * 0.6
			}
			x += size * 0.5
		}
		top += size * 1.6
	}
	return top + size
}

// page is a photographed or scanned page: headings, paragraphs, a picture.
func page(c *canvas) {
	paper, ink := c.near(rgb{0.93, 0.92, 0.88}, 0.06), rgb{0.1, 0.1, 0.12}
	fall := c.between(-0.3, 0.3)
	c.paint(func(x, y float64, _ rgb) rgb { return paper.times(1 + fall*(x-y)*0.5) })
	left, width := c.between(0.05, 0.15), c.between(0.6, 0.8)*c.wide
	for top := c.between(0.04, 0.15); top < c.tall-0.08; {
		switch c.IntN(5) {
		case 0:
			top = write(c, left, top, width*c.between(0.3, 0.9), c.between(0.03, 0.06), 1, ink)
		case 1:
			high, color, other := c.between(0.1, 0.3), c.color(), c.color()
			spots := c.noise(0.15, 0.5, 4)
			c.patch(left, top, left+width*c.between(0.4, 1), min(top+high, c.tall), func(x, y float64, _ rgb) rgb {
				return color.mix(other, 0.5+spots(x, y))
			})
			top += high + 0.03
		default:
			top = write(c, left, top, width, c.between(0.012, 0.02), 2+c.IntN(7), ink)
		}
	}
}

// chart is a screenshot: bars, panels, labels on a plain ground.
func chart(c *canvas) {
	ground, ink := rgb{0.97, 0.97, 0.98}, rgb{0.15, 0.15, 0.2}
	if c.IntN(3) == 0 {
		ground, ink = rgb{0.1, 0.11, 0.14}, rgb{0.8, 0.8, 0.85}
	}
	c.paint(func(float64, float64, rgb) rgb { return ground })
	bar := c.between(0.04, 0.1)
	c.box(0, 0, c.wide, bar, c.color())
	if c.IntN(2) == 0 {
		c.box(0, bar, c.between(0.1, 0.3), c.tall, ground.mix(c.color(), 0.3))
	}
	write(c, c.between(0.1, 0.4), bar+0.03, 0.4*c.wide, 0.03, 1, ink)
	floor, left, n := c.between(0.7, 0.9)*c.tall, c.between(0.1, 0.3), 3+c.IntN(14)
	step := (c.wide - left - 0.05) / float64(n)
	color := c.color()
	for i := range n {
		high := c.between(0.05, 0.9) * (floor - bar - 0.1)
		c.box(left+float64(i)*step, floor-high, step*0.7, high, c.near(color, 0.15))
		write(c, left+float64(i)*step, floor+0.02, step*0.6, 0.015, 1, ink)
	}
	c.box(left, floor, c.wide-left-0.05, 0.004, ink)
}

// night is lamps and their glow in the dark.
func night(c *canvas) {
	dark, haze := c.color().times(0.15), c.noise(c.between(0.2, 0.5), 0.5, 4)
	glow := c.color().times(0.5)
	c.paint(func(x, y float64, _ rgb) rgb { return dark.mix(glow, haze(x, y)) })
	for range 8 + c.IntN(40) {
		s := c.between(0.01, 0.09)
		c.ellipse(c.between(0, c.wide), c.between(0, c.tall), s, s, 0, c.between(0.1, 2), c.near(rgb{0.9, 0.75, 0.5}, 0.4))
	}
}
