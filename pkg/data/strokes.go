package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
)

// PenConfig says which digits [PenStrokes] draws.
type PenConfig struct {
	N    int   // how many [0]
	Seed int64 // of every choice; digit i depends on the seed and i only [0]
	Size int   // height and width in pixels [28]
}

// PenStrokes draws handwritten-looking grey digits with our own pen: a way to write the digit, a hand that deforms it, a slant, a turn, a size and
// a pen width, all drawn from the seed. Labels and Factors hold the truth. Classes are equally likely. Two cores draw tens of thousands a second.
func PenStrokes(c PenConfig) Images {
	if c.Size <= 0 {
		c.Size = 28
	}
	m := Images{N: max(0, c.N), H: c.Size, W: c.Size, C: 1, Levels: 256}
	m.Pix = make([]uint8, m.N*m.size())
	m.Labels = make([]uint8, m.N)
	m.Factors = Factors{Slant: make([]float32, m.N), Width: make([]float32, m.N)}
	workers := runtime.GOMAXPROCS(0)
	_ = together(workers, func(k int) error {
		p := pen{side: c.Size, far: make([]float32, c.Size*c.Size)}
		for i := m.N * k / workers; i < m.N*(k+1)/workers; i++ {
			m.Labels[i], m.Factors.Slant[i], m.Factors.Width[i] = p.digit(random(c.Seed, forStrokes, i), m.At(i))
		}
		return nil
	})
	return m
}

// pen draws one digit after the other.
type pen struct {
	side int // pixels
	path []knot
	ink  []dot
	far  []float32 // [side,side] distance from a pixel's middle to the edge of the ink; negative inside
}

// dot is a place that the pen touches, in pixels. first begins a stroke.
type dot struct {
	x, y, radius float32
	first        bool
}

// digit draws one digit into pix and says what it drew.
func (p *pen) digit(rng *rand.Rand, pix []uint8) (label uint8, slant, width float32) {
	normal := func(sigma float64) float32 { return float32(rng.NormFloat64() * sigma) }
	label = uint8(rng.IntN(10))
	g := choose(rng, label)
	slant = min(max(0.12+normal(0.25), -0.5), 0.7) // to the right, as most hands lean
	width = min(max(2.6+normal(0.65), 1.2), 4.4)

	p.write(g, -0.25+1.4*rng.Float32(), rng)
	lean(p.path, max(0.86+normal(0.14), 0.5), slant, normal(0.07))
	p.dip(width, 19.5+normal(0.8), rng)
	p.blot(pix)
	return label, slant, width
}

// choose picks a way to write the digit.
func choose(rng *rand.Rand, digit uint8) glyph {
	var total float32
	for _, g := range glyphs {
		if g.digit == digit {
			total += g.weight
		}
	}
	at := rng.Float32() * total
	var last glyph
	for _, g := range glyphs {
		if g.digit != digit {
			continue
		}
		if last = g; at < g.weight {
			break
		}
		at -= g.weight
	}
	return last
}

// write sets the path between the glyph's two shapes, as an unsteady hand would: a slow wave over the whole and a little error at each knot.
func (p *pen) write(g glyph, mix float32, rng *rand.Rand) {
	var wave [2]struct{ high, rate, phase float64 }
	for i := range wave {
		wave[i].high, wave[i].rate, wave[i].phase = 0.055*rng.NormFloat64(), 3+3*rng.Float64(), 2*math.Pi*rng.Float64()
	}
	p.path = p.path[:0]
	for i, a := range g.a {
		b := g.b[i]
		x, y := a.x+mix*(b.x-a.x), a.y+mix*(b.y-a.y)
		dx := wave[0].high*math.Sin(wave[0].rate*float64(y)+wave[0].phase) + 0.030*rng.NormFloat64()
		dy := wave[1].high*math.Sin(wave[1].rate*float64(x)+wave[1].phase) + 0.026*rng.NormFloat64()
		p.path = append(p.path, knot{x + float32(dx), y + float32(dy), a.kind})
	}
}

// lean narrows the path, slants it and turns it by an angle in radians.
func lean(path []knot, narrow, slant, angle float32) {
	sin, cos := math.Sincos(float64(angle))
	s, c := float32(sin), float32(cos)
	for i, k := range path {
		x := (k.x-0.5)*narrow - (k.y-0.5)*slant
		y := k.y - 0.5
		path[i].x, path[i].y = c*x-s*y, s*x+c*y
	}
}

// dip turns the path into ink: curves through the knots, scaled so that the longer side spans size pixels of 28, and a pen width that wavers.
func (p *pen) dip(width, size float32, rng *rand.Rand) {
	p.ink = p.ink[:0]
	for i := range p.path {
		if p.path[i].kind != lift {
			p.curve(i)
		}
	}
	x0, x1, y0, y1 := p.ink[0].x, p.ink[0].x, p.ink[0].y, p.ink[0].y
	for _, d := range p.ink {
		x0, x1, y0, y1 = min(x0, d.x), max(x1, d.x), min(y0, d.y), max(y1, d.y)
	}
	scale := (size - width) / max(x1-x0, y1-y0)
	pixels := float32(p.side) / 28
	phase, waver := 2*math.Pi*rng.Float64(), 0.16*rng.Float64()
	for i, d := range p.ink {
		press := 1 + waver*math.Sin(phase+5*float64(i)/float64(len(p.ink)))
		p.ink[i].x, p.ink[i].y = d.x*scale*pixels, d.y*scale*pixels
		p.ink[i].radius = width / 2 * float32(press) * pixels
	}
	// Like MNIST's, digits stand with their centre of mass in the middle.
	var mx, my, mass float32
	for i := 1; i < len(p.ink); i++ {
		if a, b := p.ink[i-1], p.ink[i]; !b.first {
			long := float32(math.Hypot(float64(b.x-a.x), float64(b.y-a.y)))
			mx, my, mass = mx+long*(a.x+b.x)/2, my+long*(a.y+b.y)/2, mass+long
		}
	}
	middle := float32(p.side) / 2
	for i := range p.ink {
		p.ink[i].x += middle - mx/mass
		p.ink[i].y += middle - my/mass
	}
}

// curve inks the path from knot i-1 to knot i, a Catmull–Rom spline whose tangents end at corners and lifts.
func (p *pen) curve(i int) {
	a, b := p.path[i-1], p.path[i]
	before, after := a, b
	if a.kind == bend {
		before = p.path[i-2]
	}
	if b.kind == bend && i+1 < len(p.path) && p.path[i+1].kind != lift {
		after = p.path[i+1]
	}
	if a.kind == lift {
		p.ink = append(p.ink, dot{x: a.x, y: a.y, first: true})
	}
	const pieces = 4
	for k := 1; k <= pieces; k++ {
		t := float32(k) / pieces
		x := spline(before.x, a.x, b.x, after.x, t)
		y := spline(before.y, a.y, b.y, after.y, t)
		p.ink = append(p.ink, dot{x: x, y: y})
	}
}

// spline is the Catmull–Rom curve from b to c at t in [0,1].
func spline(a, b, c, d, t float32) float32 {
	return b + t/2*(c-a+t*(2*a-5*b+4*c-d+t*(3*(b-c)+d-a)))
}

// blot paints the ink into pix, the edge softened over a little more than a pixel.
func (p *pen) blot(pix []uint8) {
	const soft = 0.75 // ink fades from full to none over twice this, in pixels
	for i := range p.far {
		p.far[i] = soft
	}
	for i := 1; i < len(p.ink); i++ {
		if !p.ink[i].first {
			p.segment(p.ink[i-1], p.ink[i], soft)
		}
	}
	for i, d := range p.far {
		if d <= -soft {
			pix[i] = 255
		} else if d < soft {
			pix[i] = uint8(255 * (0.5 - d/(2*soft)))
		}
	}
}

// segment lowers the distances around a straight piece of ink.
func (p *pen) segment(a, b dot, soft float32) {
	reach := max(a.radius, b.radius) + soft // a pixel farther away gets no ink
	x0, x1 := p.clip(min(a.x, b.x)-reach), p.clip(max(a.x, b.x)+reach)
	y0, y1 := p.clip(min(a.y, b.y)-reach), p.clip(max(a.y, b.y)+reach)
	dx, dy, thicker := b.x-a.x, b.y-a.y, b.radius-a.radius
	short := 1 / (dx*dx + dy*dy + 1e-12)
	for y := y0; y < y1; y++ {
		row := p.far[y*p.side : (y+1)*p.side]
		py := float32(y) + 0.5 - a.y
		for x := x0; x < x1; x++ {
			px := float32(x) + 0.5 - a.x
			// t is the nearest point of the piece: 0 at a, 1 at b. (min and max are slower: they look for NaN.)
			t := (px*dx + py*dy) * short
			if t < 0 {
				t = 0
			} else if t > 1 {
				t = 1
			}
			ex, ey, radius := px-t*dx, py-t*dy, a.radius+t*thicker
			square, edge := ex*ex+ey*ey, row[x]+radius
			if edge > 0 && square < edge*edge {
				row[x] = float32(math.Sqrt(float64(square))) - radius
			}
		}
	}
}

func (p *pen) clip(v float32) int { return min(max(int(v+0.5), 0), p.side) }

// penDigits stands in for MNIST when it cannot be had; why says what kept us from it.
func penDigits(variant Variant, why, set string) Digits {
	const train, valid, test, seed = 30000, 5000, 10000, 1
	m := PenStrokes(PenConfig{N: train + valid + test, Seed: seed})
	return Digits{
		Train: m.Range(0, train), Valid: m.Range(train, train+valid), Test: m.Range(train+valid, m.N),
		Variant: variant, Height: m.H, Width: m.W,
		Origin: fmt.Sprintf("embedded pen strokes, seed %d, since %s: `go run . data get %s` fetches the real ones", seed, why, set),
	}
}
