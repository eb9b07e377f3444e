package show

import (
	"image/color"
	"math"
)

// route is the way of an arrow from the edge of one box to the edge of the other.
func route(from, to box, via []point, loop bool) []point {
	if loop && len(via) == 0 {
		wide, high := min(60, (from.right-from.left)*0.5)/2, from.top-20
		m := from.middle().x
		return []point{{m + wide, from.top}, {m + wide, high}, {m - wide, high}, {m - wide, from.top}}
	}
	a, b := from.middle(), to.middle()
	if len(via) == 0 {
		// Boxes that face each other are joined at right angles to their sides.
		if lo, hi := max(from.left, to.left), min(from.right, to.right); hi-lo > 8 {
			x := (lo + hi) / 2
			a.x, b.x = x, x
		} else if lo, hi := max(from.top, to.top), min(from.bottom, to.bottom); hi-lo > 8 {
			y := (lo + hi) / 2
			a.y, b.y = y, y
		}
		return []point{from.edge(a, b), to.edge(b, a)}
	}
	// The first and the last stretch are straight where the corner lies beside or above the box.
	a, b = from.facing(via[0]), to.facing(via[len(via)-1])
	path := append([]point{from.edge(a, via[0])}, via...)
	return append(path, to.edge(b, via[len(via)-1]))
}

// nowhere is the box around nothing.
var nowhere = box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

func (b box) middle() point { return point{(b.left + b.right) / 2, (b.top + b.bottom) / 2} }

// facing is the point of a box's middle lines that is straight across from a place, if there is one.
func (b box) facing(p point) point {
	m := b.middle()
	if p.x > b.left && p.x < b.right {
		m.x = p.x
	} else if p.y > b.top && p.y < b.bottom {
		m.y = p.y
	}
	return m
}

// edge is where the line from a point in the box to one outside crosses the frame.
func (b box) edge(in, out point) point {
	dx, dy, t := out.x-in.x, out.y-in.y, 1.0
	for _, c := range []struct{ room, d float64 }{{b.right - in.x, dx}, {in.x - b.left, -dx}, {b.bottom - in.y, dy}, {in.y - b.top, -dy}} {
		if c.d > 0 {
			t = min(t, c.room/c.d)
		}
	}
	return point{in.x + t*dx, in.y + t*dy}
}

func (b box) around(o box) box {
	return box{min(b.left, o.left), min(b.top, o.top), max(b.right, o.right), max(b.bottom, o.bottom)}
}

func (b box) moved(by point) box {
	return box{b.left + by.x, b.top + by.y, b.right + by.x, b.bottom + by.y}
}

func shift(path []point, by point) []point {
	out := make([]point, len(path))
	for i, p := range path {
		out[i] = point{p.x + by.x, p.y + by.y}
	}
	return out
}

// rounded is the outline of a box with round corners.
func rounded(b box, radius float64) []point {
	radius = min(radius, (b.right-b.left)/2, (b.bottom-b.top)/2)
	var path []point
	for i, centre := range []point{{b.left + radius, b.top + radius}, {b.right - radius, b.top + radius}, {b.right - radius, b.bottom - radius}, {b.left + radius, b.bottom - radius}} {
		for k := range 7 {
			s, co := math.Sincos(math.Pi + math.Pi/2*(float64(i)+float64(k)/6))
			path = append(path, point{centre.x + radius*co, centre.y + radius*s})
		}
	}
	return path
}

// arrow draws the line and its head.
func (c *canvas) arrow(a Arrow, path []point) {
	var col color.RGBA = pencil
	if a.Hue > 0 {
		col = hue(a.Hue - 1)
	}
	var dash []float64
	if a.Dashed {
		dash = []float64{4, 4}
	}
	tip, before := path[len(path)-1], path[len(path)-2]
	far := math.Hypot(tip.x-before.x, tip.y-before.y)
	if a.Plain || far == 0 {
		c.line(path, 1.5, dash, c.whole(), col)
		return
	}
	const long, half = 8.0, 3.8
	ux, uy := (tip.x-before.x)/far, (tip.y-before.y)/far
	back := point{tip.x - ux*min(long, far), tip.y - uy*min(long, far)}
	c.line(append(append([]point{}, path[:len(path)-1]...), back), 1.5, dash, c.whole(), col)
	c.fill([]point{tip, {back.x - uy*half, back.y + ux*half}, {back.x + uy*half, back.y - ux*half}}, c.whole(), col)
}

// arrowText stands beside the middle of the arrow's longest stretch: right of an upright one, above any other.
func (c *canvas) arrowText(s string, path []point) {
	if s == "" {
		return
	}
	long, at := -1.0, 0
	for i := range len(path) - 1 {
		if d := math.Hypot(path[i+1].x-path[i].x, path[i+1].y-path[i].y); d > long {
			long, at = d, i
		}
	}
	a, b := path[at], path[at+1]
	x, y := (a.x+b.x)/2, (a.y+b.y)/2
	if math.Abs(b.y-a.y) > 2*math.Abs(b.x-a.x) {
		c.textRich(x+6, y+4, s, tickType, atLeft, pencil, true)
		return
	}
	c.textRich(x, y-5, s, tickType, atCentre, pencil, true)
}
