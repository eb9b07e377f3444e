package show

import (
	"image"
	"image/color"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// rich is a line of text with small signs set low or high, written as in LaTeX: x_{t−1}, 10^{6}, a_i. A bare _ or ^ takes one letter; \_ and \^ are the signs.
func rich(s string, l letter) []run {
	var out []run
	letters := []rune(s)
	for i := 0; i < len(letters); {
		if c := letters[i]; c == '\\' && i+1 < len(letters) && (letters[i+1] == '_' || letters[i+1] == '^') {
			out = append(out, run{string(letters[i+1]), l, 0})
			i += 2
			continue
		} else if (c == '_' || c == '^') && i+1 < len(letters) {
			rise := -l.size * 0.22
			if c == '^' {
				rise = l.size * 0.36
			}
			text, next := string(letters[i+1]), i+2
			if letters[i+1] == '{' {
				for next < len(letters) && letters[next] != '}' {
					next++
				}
				text, next = string(letters[i+2:next]), next+1
			}
			out = append(out, run{text, letter{l.size * 0.72, l.bold}, rise})
			i = next
			continue
		}
		from := i
		for i < len(letters) && (i == from || !strings.ContainsRune(`_^\`, letters[i])) {
			i++
		}
		out = append(out, runs(string(letters[from:i]), l)...)
	}
	return out
}

// measureRich is the width of such a line in shown pixels.
func (r ruler) measureRich(s string, l letter) float64 {
	w := fixed.Int26_6(0)
	for _, part := range rich(s, l) {
		w += font.MeasureString(r.face(part.letter), part.text)
	}
	return float64(w) / 64 / density
}

// wrapRich breaks such a text at spaces into lines no wider than limit; an empty line stays empty.
func (r ruler) wrapRich(s string, l letter, limit float64) []string {
	if s == "" {
		return nil
	}
	var lines []string
	for paragraph := range strings.SplitSeq(s, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if line != "" && r.measureRich(line+" "+word, l) > limit {
				lines = append(lines, line)
				line = ""
			}
			line = strings.TrimSpace(line + " " + word)
		}
		lines = append(lines, line)
	}
	return lines
}

// textRich writes such a line with its baseline at y; over a picture or a line, halo puts an edge of paper around it.
func (c *canvas) textRich(x, y float64, s string, l letter, a align, col color.Color, halo bool) {
	switch a {
	case atCentre:
		x -= c.measureRich(s, l) / 2
	case atRight:
		x -= c.measureRich(s, l)
	}
	if halo {
		for _, d := range [][2]float64{{-2, 0}, {2, 0}, {0, -2}, {0, 2}, {-1.4, -1.4}, {1.4, 1.4}, {-1.4, 1.4}, {1.4, -1.4}} {
			c.textRich(x+d[0], y+d[1], s, l, atLeft, paper, false)
		}
	}
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(col), Dot: fixed.Point26_6{X: fixed.Int26_6(x * density * 64)}}
	for _, part := range rich(s, l) {
		d.Face, d.Dot.Y = c.face(part.letter), fixed.I(device(y-part.rise))
		d.DrawString(part.text)
	}
}
