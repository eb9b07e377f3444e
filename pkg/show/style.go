package show

import "image/color"

// The house look. Text and lines are dark on an opaque soft white, so that a figure reads the same on a light and on a dark page.
var (
	paper  = color.RGBA{0xfd, 0xfd, 0xfb, 0xff}
	ink    = color.RGBA{0x1f, 0x23, 0x28, 0xff} // titles, values
	pencil = color.RGBA{0x57, 0x5d, 0x66, 0xff} // axis labels, tick numbers, notes
	faint  = color.RGBA{0xe4, 0xe5, 0xe2, 0xff} // grid lines
	axis   = color.RGBA{0x9a, 0x9f, 0xa6, 0xff} // axis lines, levels
)

// Palette is the order in which series and classes are coloured: eight hues of Okabe and Ito's kind, in our order and shades, then two more for ten classes.
// They stay apart for the common kinds of colour blindness and hold against the paper as lines.
var Palette = []color.RGBA{
	{0x00, 0x6d, 0xae, 0xff}, // blue
	{0xd5, 0x5c, 0x00, 0xff}, // vermilion
	{0x00, 0x95, 0x70, 0xff}, // green
	{0xc4, 0x66, 0xa0, 0xff}, // pink
	{0xe0, 0x9b, 0x00, 0xff}, // orange
	{0x45, 0xae, 0xe3, 0xff}, // sky
	{0x3f, 0x2f, 0x8f, 0xff}, // indigo
	{0x8a, 0x1f, 0x45, 0xff}, // wine
	{0x8b, 0x8f, 0x2f, 0xff}, // olive
	{0x6b, 0x70, 0x76, 0xff}, // grey
}

// hue is the colour of the i-th series.
func hue(i int) color.RGBA { return Palette[i%len(Palette)] }

// tint is a colour thinned to an opacity between 0 and 1.
func tint(c color.RGBA, opacity float64) color.NRGBA {
	return color.NRGBA{c.R, c.G, c.B, uint8(255*opacity + 0.5)}
}

// mix is a colour between two, t of the way from a to b.
func mix(a, b color.RGBA, t float64) color.RGBA {
	m := func(x, y uint8) uint8 { return uint8(float64(x) + (float64(y)-float64(x))*t + 0.5) }
	return color.RGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 255}
}

// Sizes of type and the margin around a figure, in shown pixels.
var (
	titleType = letter{15, true}
	labelType = letter{12.5, false}
	boldType  = letter{12.5, true}
	tickType  = letter{11.5, false}
)

const (
	margin      = 16.0
	titleHeight = 24.0 // from the top margin to where the figure goes on
	figWidth    = 700.0
	figHeight   = 380.0
)

// heat is the colour of a value between 0 and 1, or between −1 and 1: exactly 0 is paper, so that what has no influence stays blank,
// and the smallest influence is already seen.
func heat(v float64, diverging bool) color.RGBA {
	cold := []color.RGBA{{0xd5, 0xe8, 0xf4, 255}, {0x8f, 0xc4, 0xe4, 255}, {0x2f, 0x86, 0xc0, 255}, {0x1d, 0x4f, 0x91, 255}, {0x1f, 0x1d, 0x55, 255}}
	warm := []color.RGBA{{0xfb, 0xe3, 0xd2, 255}, {0xf3, 0xb2, 0x80, 255}, {0xdd, 0x6f, 0x1e, 255}, {0xa5, 0x3d, 0x05, 255}, {0x5a, 0x1f, 0x0a, 255}}
	switch {
	case v == 0:
		return paper
	case v > 0 && diverging:
		return ramp(warm, v)
	}
	return ramp(cold, max(v, -v))
}

// ramp is the colour at t between 0 and 1 on a path of colours.
func ramp(path []color.RGBA, t float64) color.RGBA {
	t = min(1, t) * float64(len(path)-1)
	i := min(int(t), len(path)-2)
	return mix(path[i], path[i+1], t-float64(i))
}
