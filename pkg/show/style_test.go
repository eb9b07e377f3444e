package show

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
)

// Colours of the first six series must stay apart for normal and for colour-blind eyes, and hold against the paper. Colour blindness is simulated by the
// matrices for severity 1 of Machado, Oliveira & Fernandes 2009 (https://doi.org/10.1109/TVCG.2009.113), in linear RGB;
// distance is CIE 1976 ΔE, of which 2.3 is just noticeable.
func TestPaletteForColourBlind(t *testing.T) {
	kinds := map[string][9]float64{
		"normal": {1, 0, 0, 0, 1, 0, 0, 0, 1},
		"protan": {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"deutan": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
		"tritan": {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
	}
	for kind, m := range kinds {
		lab := func(c color.RGBA) [3]float64 { return toLab(c, m) }
		distance := func(a, b [3]float64) float64 {
			return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
		}
		for i, a := range Palette {
			if d := distance(lab(a), lab(paper)); d < 30 {
				t.Errorf("%s: colour %d is only %.1f from the paper", kind, i, d)
			}
			for j, b := range Palette[:i] {
				least := 8.0
				if i < 6 {
					least = 15
				}
				if d := distance(lab(a), lab(b)); d < least {
					t.Errorf("%s: colours %d and %d are only %.1f apart, want %.0f", kind, j, i, d, least)
				}
			}
		}
	}
}

// toLab is a colour in CIE L*a*b* (D65) after a matrix in linear RGB.
func toLab(c color.RGBA, m [9]float64) [3]float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	clip := func(v float64) float64 { return max(0, min(1, v)) }
	r, g, b = clip(m[0]*r+m[1]*g+m[2]*b), clip(m[3]*r+m[4]*g+m[5]*b), clip(m[6]*r+m[7]*g+m[8]*b)
	f := func(v float64) float64 {
		if v > 0.008856 {
			return math.Cbrt(v)
		}
		return 7.787*v + 16.0/116
	}
	x, y, z := f((0.4124*r+0.3576*g+0.1805*b)/0.95047), f(0.2126*r+0.7152*g+0.0722*b), f((0.0193*r+0.1192*g+0.9505*b)/1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// Text must be readable: WCAG 2 asks for a contrast of 4.5.
func TestContrast(t *testing.T) {
	luminance := func(c color.RGBA) float64 {
		l := toLab(c, [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1})[0]
		return math.Pow((l+16)/116, 3)
	}
	for _, c := range []color.RGBA{ink, pencil} {
		if r := (luminance(paper) + 0.05) / (luminance(c) + 0.05); r < 4.5 {
			t.Errorf("%v on paper has a contrast of %.1f", c, r)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		s    span
		n    int
		want string
	}{
		{span{lo: 0, hi: 5000}, 5, "0 1,000 2,000 3,000 4,000 5,000"},
		{span{lo: 78, hi: 210}, 6, "80 100 120 140 160 180 200"},
		{span{lo: -0.31, hi: 0.3}, 6, "−0.3 −0.2 −0.1 0.0 0.1 0.2 0.3"},
		{span{lo: 0, hi: 2, whole: true}, 9, "0 1 2"},
		{span{lo: 4.5, hi: 5.5, single: true}, 9, "5"},
		{span{lo: 0, hi: 1e-8}, 4, "0 2.5×10⁻⁹ 5×10⁻⁹ 7.5×10⁻⁹ 10⁻⁸"},
		{span{lo: 1, hi: 1000, log: true}, 5, "1 10 100 1,000"},
		{span{lo: 70, hi: 210, log: true}, 7, "80 100 150 200"},
		{span{lo: 1e-7, hi: 1e-3, log: true}, 5, "10⁻⁷ 10⁻⁶ 10⁻⁵ 10⁻⁴ 10⁻³"},
	} {
		var got []string
		for _, k := range c.s.ticks(c.n) {
			got = append(got, k.text)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v: ticks %s, want %s", c.s, s, c.want)
		}
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", -1.5: "−1.5", 81.3: "81.3", 97.24: "97.24", 1234.5: "1,234", 12345.6: "12,346", 0.05: "0.05", 1e-5: "10⁻⁵", 3.2e-7: "3.2×10⁻⁷",
		-2e10: "−2×10¹⁰", 999999: "999,999", 1e12: "10¹²", 0.00012: "0.00012", -1e-9: "−10⁻⁹", 1e-300: "10⁻³⁰⁰",
	} {
		if got := Short(v); got != want {
			t.Errorf("Short(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestSpreadLabels(t *testing.T) {
	labels := []sideLabel{{want: 50}, {want: 52}, {want: 51}, {want: 99}, {want: 0}, {want: 100}}
	for i := range labels {
		labels[i].lines = []string{"x"}
	}
	labels[1].lines = []string{"two", "lines"}
	spread(labels, 0, 110)
	bottom := 0.0
	for i, l := range labels {
		if l.y-l.height()/2 < bottom-1e-9 {
			t.Errorf("label %d begins at %.1f, above the end of the one before, %.1f", i, l.y-l.height()/2, bottom)
		}
		bottom = l.y + l.height()/2
		if i > 0 && l.want < labels[i-1].want {
			t.Errorf("labels changed their order: %v", labels)
		}
	}
	if bottom > 110 {
		t.Errorf("the last label ends at %.1f, below 110", bottom)
	}
	alone := []sideLabel{{want: 30, lines: []string{"x"}}}
	if spread(alone, 0, 100); alone[0].y != 30 {
		t.Errorf("a label alone moved from 30 to %v", alone[0].y)
	}
}

func TestThinKeepsExtremes(t *testing.T) {
	y := make([]float64, 10007)
	y[1234], y[9000] = 7, -7
	keep := thin(y, 500)
	if len(keep) > 500 || !slices.Contains(keep, 1234) || !slices.Contains(keep, 9000) || !slices.IsSorted(keep) {
		t.Errorf("%d kept of 500, highest %t, lowest %t, in order %t", len(keep), slices.Contains(keep, 1234), slices.Contains(keep, 9000), slices.IsSorted(keep))
	}
}

func TestPixels(t *testing.T) {
	at := func(img image.Image, x, y int) [3]uint8 {
		r, g, b := overPaper(img, x, y)
		return [3]uint8{r, g, b}
	}
	grey := func(v uint8) [3]uint8 { return [3]uint8{v, v, v} }
	for _, c := range []struct {
		name string
		img  image.Image
		x, y int
		want [3]uint8
	}{
		{"grey bytes", Grey(1, 2, []uint8{0, 200}), 1, 0, grey(200)},
		{"grey floats", Grey(2, 1, []float32{0, 0.5}), 0, 1, grey(128)},
		{"grey floats beyond", Grey(1, 2, []float64{-3, 7}), 1, 0, grey(255)},
		{"ink", Binary(1, 2, []uint8{0, 1}), 1, 0, grey(0)},
		{"no ink", Binary(1, 2, []uint8{0, 1}), 0, 0, grey(255)},
		{"probability of ink", Binary(1, 1, []float32{0.25}), 0, 0, grey(191)},
		{"colour bytes", RGB(1, 2, []uint8{1, 2, 3, 4, 5, 6}), 1, 0, [3]uint8{4, 5, 6}},
		{"colour floats", RGB(1, 1, []float32{0, 1, 0.5}), 0, 0, [3]uint8{0, 255, 128}},
		{"slab", Slab(1, 2, 1, []uint8{1, 2, 3, 4}, Grey[uint8])[1], 0, 0, grey(3)},
		{"colour slab", Slab(1, 1, 3, []uint8{1, 2, 3, 4, 5, 6}, RGB[uint8])[1], 0, 0, [3]uint8{4, 5, 6}},
		{"transparent", image.NewNRGBA(image.Rect(0, 0, 1, 1)), 0, 0, [3]uint8{paper.R, paper.G, paper.B}},
	} {
		if got := at(c.img, c.x, c.y); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A picture's pixel is a square of one colour, and the colours are those of the picture even where the file has a palette.
func TestGridIsCrisp(t *testing.T) {
	var all [256]uint8
	for i := range all {
		all[i] = uint8(i)
	}
	data, err := Grid{Images: []image.Image{Grey(16, 16, all[:])}, Scale: 3}.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, data)
	if _, ok := img.(*image.Paletted); !ok {
		t.Errorf("the file is a %T, and a palette would do", img)
	}
	const k = 3 * density
	for y := range 16 * k {
		for x := range 16 * k {
			want := all[y/k*16+x/k]
			r, _, _, _ := img.At(x+margin*density, y+margin*density).RGBA()
			if d := int(r>>8) - int(want); d < -2 || d > 2 {
				t.Fatalf("pixel (%d, %d) is %d, want %d", x, y, r>>8, want)
			}
		}
	}
}

// A photograph keeps all its colours.
func TestPhotographKeepsItsColours(t *testing.T) {
	pix := make([]uint8, 64*64*3)
	for i := range pix {
		pix[i] = uint8(i * i >> 3)
	}
	photo := RGB(64, 64, pix)
	data, err := Grid{Images: []image.Image{photo}, Scale: 1}.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, data)
	for y := range 64 {
		for x := range 64 {
			got, want := img.At(x*density+margin*density, y*density+margin*density), photo.At(x, y)
			gr, gg, gb, _ := got.RGBA()
			wr, wg, wb, _ := want.RGBA()
			if gr != wr || gg != wg || gb != wb {
				t.Fatalf("pixel (%d, %d) is %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestColumns(t *testing.T) {
	for n, want := range map[int]int{1: 1, 7: 7, 10: 10, 12: 4, 32: 8, 64: 8, 100: 10, 11: 4} {
		if got := (Grid{Images: make([]image.Image, n)}).columns(); got != want {
			t.Errorf("%d pictures stand in rows of %d, want %d", n, got, want)
		}
	}
	if got := (Grid{Images: make([]image.Image, 40), RowTitles: []string{"a", "b"}}).columns(); got != 20 {
		t.Errorf("40 pictures in 2 titled rows: %d in a row, want 20", got)
	}
}

func TestRaisedAndLowered(t *testing.T) {
	l := letter{10, false}
	got := runs("10⁻³ z₁₂", l)
	want := []run{{"10", l, 0}, {"−3", letter{7, false}, 3.6}, {" z", l, 0}, {"12", letter{7, false}, -1.6}}
	if !slices.EqualFunc(got, want, func(a, b run) bool {
		return a.text == b.text && math.Abs(a.size-b.size) < 1e-9 && math.Abs(a.rise-b.rise) < 1e-9
	}) {
		t.Errorf("runs %v, want %v", got, want)
	}
}
