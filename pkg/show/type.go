package show

import (
	"image"
	"image/color"
	"strings"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// letter is a size of type, in shown pixels, and its weight.
type letter struct {
	size float64
	bold bool
}

// align says which part of a text stands at the given x.
type align int

const (
	atLeft align = iota
	atCentre
	atRight
)

var parsed = sync.OnceValues(func() (regular, bold *sfnt.Font) {
	return mustParse(liberationsansregular.TTF), mustParse(liberationsansbold.TTF)
})

// mustParse parses a font that is part of the program: it parses, or the build is broken.
func mustParse(ttf []byte) *sfnt.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic(err)
	}
	return f
}

// ruler measures text. It keeps the faces it has used; a face is not safe for two goroutines, so each drawing has its own ruler.
type ruler map[letter]font.Face

// face is a letter at the density of drawing.
func (r ruler) face(l letter) font.Face {
	if f := r[l]; f != nil {
		return f
	}
	ttf, bold := parsed()
	if l.bold {
		ttf = bold
	}
	f, err := opentype.NewFace(ttf, &opentype.FaceOptions{Size: l.size * density, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // NewFace fails for no font and no options.
	}
	r[l] = f
	return f
}

// run is a stretch of text in one letter; raised and lowered digits are small ordinary ones, since fonts have only some of them.
type run struct {
	text string
	letter
	rise float64 // shown pixels above the baseline
}

const (
	raised  = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"
	lowered = "₀₁₂₃₄₅₆₇₈₉₊₋ₙ"
	plain   = "0123456789+−n"
)

func runs(s string, l letter) []run {
	var out []run
	for _, c := range s {
		part := run{string(c), l, 0}
		if i := strings.IndexRune(raised, c); i >= 0 {
			part = run{at(plain, raised[:i]), letter{l.size * 0.7, l.bold}, l.size * 0.36}
		} else if i := strings.IndexRune(lowered, c); i >= 0 {
			part = run{at(plain, lowered[:i]), letter{l.size * 0.7, l.bold}, -l.size * 0.16}
		}
		if n := len(out) - 1; n >= 0 && out[n].letter == part.letter && out[n].rise == part.rise {
			out[n].text += part.text
		} else {
			out = append(out, part)
		}
	}
	return out
}

// at is the character of s that stands as many characters in as before is long.
func at(s, before string) string { return string([]rune(s)[len([]rune(before))]) }

// measure is the width of a line of text in shown pixels.
func (r ruler) measure(s string, l letter) float64 {
	w := fixed.Int26_6(0)
	for _, part := range runs(s, l) {
		w += font.MeasureString(r.face(part.letter), part.text)
	}
	return float64(w) / 64 / density
}

// wrap breaks a text at spaces into lines no wider than limit; a single long word stays whole.
func (r ruler) wrap(s string, l letter, limit float64) []string {
	var lines []string
	for _, paragraph := range strings.Split(s, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if line != "" && r.measure(line+" "+word, l) > limit {
				lines = append(lines, line)
				line = ""
			}
			line = strings.TrimSpace(line + " " + word)
		}
		lines = append(lines, line)
	}
	return lines
}

// widest is the width of the longest of some lines.
func (r ruler) widest(lines []string, l letter) float64 {
	w := 0.0
	for _, s := range lines {
		w = max(w, r.measure(s, l))
	}
	return w
}

// text writes one line with its baseline at y.
func (c *canvas) text(x, y float64, s string, l letter, a align, col color.Color) {
	if s == "" {
		return
	}
	switch a {
	case atCentre:
		x -= c.measure(s, l) / 2
	case atRight:
		x -= c.measure(s, l)
	}
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(col), Dot: fixed.Point26_6{X: fixed.Int26_6(x * density * 64)}}
	for _, part := range runs(s, l) {
		d.Face, d.Dot.Y = c.face(part.letter), fixed.I(device(y-part.rise))
		d.DrawString(part.text)
	}
}

// halo writes a line of text that stays readable over a picture, on a soft edge of paper.
func (c *canvas) halo(x, y float64, s string, l letter, a align, col color.Color) {
	for _, d := range [][2]float64{{-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-0.7, -0.7}, {0.7, 0.7}, {-0.7, 0.7}, {0.7, -0.7}} {
		c.text(x+2*d[0], y+2*d[1], s, l, a, paper)
	}
	c.text(x, y, s, l, a, col)
}
