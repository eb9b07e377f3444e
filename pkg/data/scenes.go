package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
)

// SceneConfig says which scenes [Scenes] draws.
type SceneConfig struct {
	N     int   // how many [0]
	Seed  int64 // of every choice; scene i depends on the seed and i only [0]
	Size  int   // height and width in pixels [32]
	Grain int   // each value is moved by a whole number from −Grain to Grain, all equally likely; negative for no grain [2]
}

func (c SceneConfig) withDefaults() SceneConfig {
	if c.Size <= 0 {
		c.Size = 32
	}
	if c.Grain == 0 {
		c.Grain = 2
	}
	c.N, c.Grain = max(0, c.N), max(0, c.Grain)
	return c
}

// Floor is the entropy of the grain in bits a value: what no model can go under, for all else about a scene would have to be known to come so low.
func (c SceneConfig) Floor() float64 { return math.Log2(float64(2*c.withDefaults().Grain + 1)) }

// SceneFactors are the true causes of drawn scenes, each [N]; the kind of landscape is the label.
type SceneFactors struct {
	Horizon []float32 // height of the ground, as a share of the picture's
	Ball    []Spot    // the middle of the ball
	Radius  []float32 // of the ball, as a share of the picture's side
	Hue     []float32 // of the ball, 0 to 1: red, yellow, green, cyan, blue, magenta and back
	Sun     []float32 // the side that light comes from: −1 left, 1 right
	Bright  []float32 // of all light
}

// SceneKinds are the names of the landscapes, in the order of labels.
var SceneKinds = []string{"meadow", "desert", "sea", "snow", "forest", "town", "mountains", "night"}

// Scenes draws small landscapes in colour, each with a ball somewhere in it, with our own brush: the kind of land, the horizon, the light, and the ball's place, size
// and hue are all drawn from the seed. Kinds are equally likely. Two cores draw some ten thousand a second.
func Scenes(c SceneConfig) (Images, SceneFactors) {
	c = c.withDefaults()
	m := Images{N: c.N, H: c.Size, W: c.Size, C: 3, Levels: 256}
	m.Pix, m.Labels = make([]uint8, m.N*m.size()), make([]uint8, m.N)
	numbers := func() []float32 { return make([]float32, m.N) }
	f := SceneFactors{Horizon: numbers(), Ball: make([]Spot, m.N), Radius: numbers(), Hue: numbers(), Sun: numbers(), Bright: numbers()}
	workers := runtime.GOMAXPROCS(0)
	_ = together(workers, func(k int) error {
		b := brush{side: c.Size, grain: c.Grain, colours: make([]rgb, c.Size*c.Size)}
		for i := m.N * k / workers; i < m.N*(k+1)/workers; i++ {
			rng := random(c.Seed, forScenes, i)
			between := func(low, high float64) float64 { return low + (high-low)*rng.Float64() }
			s := scene{kind: rng.IntN(len(SceneKinds))}
			s.horizon, s.radius = between(0.4, 0.65), between(0.10, 0.17)
			s.ballX, s.ballY = between(0.2, 0.8), between(0.2, 0.8)
			s.hue, s.bright = rng.Float64(), between(0.8, 1.05)
			s.sun = float64(2*rng.IntN(2) - 1)
			s.wave, s.phase = between(4, 8), between(0, 2*math.Pi)
			b.land(s)
			b.ball(s)
			b.expose(m.At(i), rng)
			m.Labels[i] = uint8(s.kind)
			f.Horizon[i], f.Radius[i], f.Hue[i] = float32(1-s.horizon), float32(s.radius), float32(s.hue)
			f.Ball[i] = Spot{float32(s.ballY), float32(s.ballX)}
			f.Sun[i], f.Bright[i] = float32(s.sun), float32(s.bright)
		}
		return nil
	})
	return m, f
}

const forScenes = 102 // the random stream of scenes, see [random]

// SceneSet is 6,000 scenes to train, 1,000 to validate and 1,000 to test, with the places of their balls.
func SceneSet(size int) PictureSet {
	const train, valid, test, seed = 6000, 1000, 1000, 1
	c := SceneConfig{N: train + valid + test, Seed: seed, Size: size}
	m, f := Scenes(c)
	return PictureSet{
		Train: m.Range(0, train), Valid: m.Range(train, train+valid), Test: m.Range(train+valid, m.N),
		Name: "small scenes", Classes: SceneKinds, Height: m.H, Width: m.W,
		Origin: fmt.Sprintf("drawn by our own brush, seed %d", seed),
		Spots:  Spots{f.Ball[:train], f.Ball[train : train+valid], f.Ball[train+valid:]},
		Floor:  c.Floor(),
	}
}

// rgb is a colour, each from 0 to 1.
type rgb [3]float64

// land is the palette of a kind of landscape.
type land struct{ skyTop, skyLow, far, near, thing rgb }

var lands = []land{
	{rgb{0.35, 0.60, 0.95}, rgb{0.75, 0.88, 1.00}, rgb{0.55, 0.75, 0.35}, rgb{0.20, 0.50, 0.12}, rgb{0.38, 0.62, 0.22}}, // meadow, with hills
	{rgb{0.50, 0.65, 0.90}, rgb{0.98, 0.88, 0.70}, rgb{0.93, 0.78, 0.50}, rgb{0.75, 0.50, 0.22}, rgb{0.85, 0.65, 0.35}}, // desert, with dunes
	{rgb{0.30, 0.55, 0.85}, rgb{0.80, 0.90, 0.98}, rgb{0.20, 0.50, 0.65}, rgb{0.02, 0.20, 0.38}, rgb{0.70, 0.85, 0.92}}, // sea, with waves
	{rgb{0.62, 0.66, 0.74}, rgb{0.85, 0.87, 0.92}, rgb{0.92, 0.94, 0.98}, rgb{0.78, 0.82, 0.92}, rgb{0.45, 0.50, 0.62}}, // snow, with dark hills
	{rgb{0.55, 0.75, 0.90}, rgb{0.85, 0.93, 0.90}, rgb{0.25, 0.38, 0.15}, rgb{0.30, 0.22, 0.10}, rgb{0.05, 0.25, 0.10}}, // forest, of firs
	{rgb{0.45, 0.45, 0.60}, rgb{0.95, 0.70, 0.55}, rgb{0.45, 0.45, 0.48}, rgb{0.28, 0.28, 0.30}, rgb{0.30, 0.22, 0.30}}, // town, of houses
	{rgb{0.25, 0.45, 0.85}, rgb{0.65, 0.80, 0.95}, rgb{0.45, 0.55, 0.35}, rgb{0.30, 0.38, 0.20}, rgb{0.50, 0.48, 0.50}}, // mountains
	{rgb{0.02, 0.03, 0.12}, rgb{0.12, 0.12, 0.30}, rgb{0.08, 0.12, 0.12}, rgb{0.03, 0.05, 0.05}, rgb{0.95, 0.93, 0.75}}, // night, with a moon
}

// scene is what a picture shows; x goes to the right, y down, both from 0 to 1.
type scene struct {
	kind                 int
	horizon              float64 // y
	ballX, ballY, radius float64
	hue, bright, sun     float64
	wave, phase          float64 // of whatever stands on the horizon: how many, and where
}

// brush paints one scene after another.
type brush struct {
	side, grain int
	colours     []rgb // [side,side]
}

// middle is where the i-th pixel of a row or column stands.
func (b *brush) middle(i int) float64 { return (float64(i) + 0.5) / float64(b.side) }

// inside is how much of a pixel lies inside an edge that is so far away.
func (b *brush) inside(depth float64) float64 { return min(max(0.5+depth*float64(b.side), 0), 1) }

// land paints all but the ball. Sines are taken once a row or a column, not once a pixel.
func (b *brush) land(s scene) {
	l, kind := lands[s.kind], SceneKinds[s.kind]
	type column struct{ skyline, sin, cos, glow float64 }
	columns := make([]column, b.side)
	for i := range columns {
		x := b.middle(i)
		columns[i] = column{skyline: s.skyline(x), glow: s.bright * (1 + 0.08*s.sun*(2*x-1))}
		columns[i].sin, columns[i].cos = math.Sincos(2 * math.Sin(s.wave*x))
	}
	moonX, moonY := 0.5+0.35*math.Sin(s.phase), 0.15
	for row := range b.side {
		y := b.middle(row)
		depth := (y - s.horizon) / (1 - s.horizon)
		sky, ground := mix3(l.skyTop, l.skyLow, y/s.horizon), mix3(l.far, l.near, depth)
		below := b.inside(y - s.horizon)
		rise, fall := math.Sincos(s.phase + 60*math.Sqrt(max(0, depth)))
		for i, c := range columns {
			colour := mix3(sky, l.thing, b.inside(c.skyline-(s.horizon-y)))
			if kind == "night" {
				dx, dy := b.middle(i)-moonX, y-moonY
				colour = mix3(sky, l.thing, b.inside(0.08-math.Sqrt(dx*dx+dy*dy)))
			}
			here := ground
			if kind == "sea" {
				swell := rise*c.cos + fall*c.sin // the sine of the sum of both waves
				here = mix3(ground, l.thing, 0.25*max(0, swell)*(1-depth))
			}
			colour = mix3(colour, here, below)
			for k := range colour {
				colour[k] *= c.glow
			}
			b.colours[row*b.side+i] = colour
		}
	}
}

// skyline is how high what stands on the horizon is at x.
func (s *scene) skyline(x float64) float64 {
	turn := s.wave*x/2 + s.phase
	number := math.Floor(turn)
	saw := math.Abs(2*(turn-number) - 1)              // 1, down to 0 in the middle, and back
	uneven := 0.5 + 0.5*math.Sin(12.9*number+s.phase) // of the number-th of them, from 0 to 1
	switch SceneKinds[s.kind] {
	case "meadow", "snow":
		return 0.08 + 0.05*math.Sin(s.wave*x+s.phase)
	case "desert":
		return 0.04 + 0.04*math.Abs(math.Sin(s.wave*x/2+s.phase))
	case "forest":
		return (0.16 + 0.14*uneven) * (1 - saw) * 1.4
	case "town":
		if saw > 0.8 {
			return -1 // a street
		}
		return 0.08 + 0.22*uneven
	case "mountains":
		return 0.30*(1-math.Abs(math.Sin(s.wave*x/3+s.phase))) + 0.02
	}
	return -1
}

// ball lays the ball, lit from the sun's side, over what is behind it.
func (b *brush) ball(s scene) {
	var hue rgb
	for i := range hue {
		away := math.Abs(math.Mod(s.hue*6-2*float64(i)+9, 6) - 3) // on the wheel of hues, from this primary colour
		hue[i] = 0.10 + 0.85*min(max(2-away, 0), 1)
	}
	for at := range b.colours {
		dx, dy := (b.middle(at%b.side)-s.ballX)/s.radius, (b.middle(at/b.side)-s.ballY)/s.radius
		if dx*dx+dy*dy > 4 {
			continue
		}
		far := math.Sqrt(dx*dx + dy*dy)
		light := 0.35 + 0.65*max(0, (s.sun*dx-dy)*0.5+0.7*math.Sqrt(max(0, 1-far*far)))
		lit := hue
		for i := range lit {
			lit[i] *= light
		}
		b.colours[at] = mix3(b.colours[at], lit, b.inside((1-far)*s.radius))
	}
}

// expose turns colours into values, with grain.
func (b *brush) expose(pix []uint8, rng *rand.Rand) {
	low, high := float64(b.grain), float64(255-b.grain) // so that the grain is never cut
	var chance uint64
	for at, colour := range b.colours {
		for k, v := range colour {
			i := 3*at + k
			if i%4 == 0 {
				chance = rng.Uint64()
			}
			grain := int(chance & 0xffff * uint64(2*b.grain+1) >> 16)
			chance >>= 16
			pix[i] = uint8(int(min(max(255*v, low), high)+0.5) + grain - b.grain)
		}
	}
}

// mix3 is a at 0 and before, b at 1 and beyond.
func mix3(a, b rgb, share float64) rgb {
	share = min(max(share, 0), 1)
	for i := range a {
		a[i] += share * (b[i] - a[i])
	}
	return a
}

// FindBall is where in pictures of that size, [N,H,W,3] in [0,1], something round stands out most: the place at which the mean colour of a disc differs most from that of the
// ring around it, for what varies within both. It knows nothing of how scenes are drawn, so that it can judge drawings of others.
func FindBall(pixels []float32, height, width int) []Spot {
	size := 3 * height * width
	var spots []Spot
	for ; len(pixels) >= size; pixels = pixels[size:] {
		best, spot := -1.0, Spot{}
		for row := range height {
			for col := range width {
				if s := standsOut(pixels, height, width, row, col); s > best {
					best, spot = s, Spot{(float32(row) + 0.5) / float32(height), (float32(col) + 0.5) / float32(width)}
				}
			}
		}
		spots = append(spots, spot)
	}
	return spots
}

// standsOut compares a disc around a pixel with a ring around the disc.
func standsOut(pixels []float32, height, width, row, col int) float64 {
	const disc, inner, outer = 0.11, 0.16, 0.22 // radii, as shares of the height
	var n, sum, square [2]float64
	var difference, spread float64
	reach := int(outer*float64(height)) + 1
	for k := range 3 {
		n, sum, square = [2]float64{}, [2]float64{}, [2]float64{}
		for r := max(0, row-reach); r <= min(height-1, row+reach); r++ {
			for c := max(0, col-reach); c <= min(width-1, col+reach); c++ {
				far := math.Sqrt(float64((r-row)*(r-row)+(c-col)*(c-col))) / float64(height)
				part := 0
				switch {
				case far > outer || far > disc && far < inner:
					continue
				case far > disc:
					part = 1
				}
				v := float64(pixels[3*(r*width+c)+k])
				n[part], sum[part], square[part] = n[part]+1, sum[part]+v, square[part]+v*v
			}
		}
		a, b := sum[0]/n[0], sum[1]/n[1]
		difference += (a - b) * (a - b)
		spread += square[0]/n[0] - a*a + square[1]/n[1] - b*b
	}
	return difference / (spread + 0.02)
}
