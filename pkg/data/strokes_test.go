package data

import (
	"hash/crc32"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// Digit i depends on the seed and i only: not on how many are drawn, nor on the number of cores.
func TestPenStrokesDependOnSeedAndIndex(t *testing.T) {
	few, many, other := PenStrokes(PenConfig{N: 3, Seed: 1}), PenStrokes(PenConfig{N: 101, Seed: 1}), PenStrokes(PenConfig{N: 3, Seed: 2})
	if !slices.Equal(few.Pix, many.First(3).Pix) || !slices.Equal(few.Labels, many.First(3).Labels) {
		t.Error("the first three digits change with the number drawn")
	}
	if slices.Equal(few.Pix, other.Pix) {
		t.Error("another seed draws the same")
	}
	if got := PenStrokes(PenConfig{N: -1}); got.N != 0 {
		t.Errorf("%d digits of -1", got.N)
	}
}

// Digits that a nearest-neighbour classifier cannot read would not look like digits.
func TestPenStrokesCanBeRead(t *testing.T) {
	m := PenStrokes(PenConfig{N: 2300, Seed: 3}).Blocks14()
	known, asked := m.Range(0, 2000), m.Range(2000, 2300)
	right := 0
	for i := range asked.N {
		if known.Labels[nearest(known, asked.At(i))] == asked.Labels[i] {
			right++
		}
	}
	if share := float64(right) / float64(asked.N); share < 0.9 {
		t.Errorf("the nearest of 2000 neighbours knows %.1f %% of the digits, want over 90", 100*share)
	}
}

func nearest(m Images, x []uint8) (best int) {
	least := math.MaxInt
	for i := range m.N {
		d := 0
		for k, v := range m.At(i) {
			e := int(v) - int(x[k])
			d += e * e
		}
		if d < least {
			best, least = i, d
		}
	}
	return best
}

// The statistics of the embedded digits are close to MNIST's, so that models of one size suit both: MNIST has 103.9 of 784 pixels' worth of ink.
func TestPenStrokesResembleMNIST(t *testing.T) {
	m := PenStrokes(PenConfig{N: 5000, Seed: 1})
	var ink float64
	for _, v := range m.Pix {
		ink += float64(v) / 255
	}
	if ink /= float64(m.N); ink < 94 || ink > 114 {
		t.Errorf("%.1f pixels of ink, want 104 within 10 %%", ink)
	}
	// Equal classes: 500 each, give or take 5 standard deviations of a binomial.
	for digit, n := range counts(m) {
		if n < 394 || n > 606 {
			t.Errorf("%d of 5000 digits are %d", n, digit)
		}
	}
	border := 0
	for i := range m.N {
		x := m.At(i)
		for k := range 28 {
			border += int(x[k]) + int(x[27*28+k]) + int(x[28*k]) + int(x[28*k+27])
		}
	}
	if share := float64(border) / 255 / float64(m.N); share > 0.05 {
		t.Errorf("%.3f pixels of ink on the border: digits are cut off", share)
	}
}

// Factors must be the truth: measured slant (regression of x on height, over the ink of ones) and measured ink follow them.
func TestPenStrokesFactors(t *testing.T) {
	m := PenStrokes(PenConfig{N: 20000, Seed: 5})
	var slant, measured, width, ink []float64
	for i := range m.N {
		if m.Labels[i] != 1 {
			continue
		}
		var s, sx, sy, sxy, syy float64
		for k, v := range m.At(i) {
			w, x, y := float64(v), float64(k%28), -float64(k/28)
			s, sx, sy, sxy, syy = s+w, sx+w*x, sy+w*y, sxy+w*x*y, syy+w*y*y
		}
		slant, width = append(slant, float64(m.Factors.Slant[i])), append(width, float64(m.Factors.Width[i]))
		measured = append(measured, (sxy-sx*sy/s)/(syy-sy*sy/s))
		ink = append(ink, s)
	}
	if r := correlation(slant, measured); r < 0.9 {
		t.Errorf("the slant and its measure correlate by %.3f, want over 0.9", r)
	}
	if r := correlation(width, ink); r < 0.8 {
		t.Errorf("the pen's width and the ink correlate by %.3f, want over 0.8", r)
	}
}

func correlation(a, b []float64) float64 {
	n := float64(len(a))
	var ma, mb, ab, aa, bb float64
	for i := range a {
		ma, mb = ma+a[i]/n, mb+b[i]/n
	}
	for i := range a {
		ab, aa, bb = ab+(a[i]-ma)*(b[i]-mb), aa+(a[i]-ma)*(a[i]-ma), bb+(b[i]-mb)*(b[i]-mb)
	}
	return ab / math.Sqrt(aa*bb)
}

func TestPenStrokesSizes(t *testing.T) {
	for _, size := range []int{1, 14, 28, 64} {
		m := PenStrokes(PenConfig{N: 50, Size: size})
		if m.H != size || m.W != size || len(m.Pix) != 50*size*size {
			t.Errorf("size %d: %d×%d, %d pixels", size, m.H, m.W, len(m.Pix))
		}
	}
}

func TestGlyphs(t *testing.T) {
	seen := [10]bool{}
	for i, g := range glyphs {
		seen[g.digit] = true
		if len(g.a) != len(g.b) || g.weight <= 0 || g.a[0].kind != lift {
			t.Errorf("glyph %d, of %d: both shapes need the same number of knots, the first a lift, and a weight", i, g.digit)
			continue
		}
		for k := range g.a {
			if g.a[k].kind != lift && k == 0 || g.a[k].kind == lift && (k+1 == len(g.a) || g.a[k+1].kind == lift) {
				t.Errorf("glyph %d, of %d: knot %d: a stroke needs two knots", i, g.digit, k)
			}
		}
	}
	if slices.Contains(seen[:], false) {
		t.Errorf("digits without a glyph: %v", seen)
	}
}

// Without network and files, the loaders return the embedded digits and say so.
func TestEmbeddedDigits(t *testing.T) {
	t.Setenv("CURIOUS_DATA", "")
	t.Setenv("CURIOUS_HOME", t.TempDir())
	t.Setenv("CURIOUS_OFFLINE", "1")
	for _, c := range []struct {
		load  func() (Digits, error)
		title string
	}{
		{MNIST, "pen-stroke digits, grey, 28×28"},
		{BinarizedMNIST, "pen-stroke digits, static binarised, 28×28"},
		{ThresholdMNIST, "pen-stroke digits, threshold binarised, 28×28"},
		{DynamicMNIST, "pen-stroke digits, dynamic binarised, 28×28"},
	} {
		d, err := c.load()
		if err != nil {
			t.Fatal(err)
		}
		const want = "embedded pen strokes, seed 1, since CURIOUS_OFFLINE=1 forbids downloads: `go run . data get "
		if d.Real || d.Title() != c.title || !strings.HasPrefix(d.Origin, want) {
			t.Errorf("%q: %q, real %v", d.Title(), d.Origin, d.Real)
		}
		if n := d.Train.N; n != 30000 || len(d.Train.Labels) != n || len(d.Train.Factors.Slant) != n || len(d.Train.Pix) != 784*n {
			t.Errorf("%q: %d training images", d.Title(), n)
		}
		if half := d.At14(); half.Height != 14 || len(half.Test.Pix) != 196*half.Test.N {
			t.Errorf("%q: at 14×14 %d pixels", d.Title(), len(half.Test.Pix))
		}
	}
	if files, err := os.ReadDir(os.Getenv("CURIOUS_HOME") + "/data/mnist"); err == nil {
		for _, f := range files {
			if !strings.HasPrefix(f.Name(), ".") {
				t.Errorf("%s was left in the cache", f.Name())
			}
		}
	}
}

// A run on embedded digits can be compared between machines and versions only if all draw the same: numbers of the first version.
// The ink has room for processors that differ in the last bit of a fused product.
func TestPenStrokesAreForEver(t *testing.T) {
	m := PenStrokes(PenConfig{N: 200, Seed: 1})
	if got := crc32.ChecksumIEEE(m.Labels); got != 265879400 {
		t.Errorf("labels have the checksum %d", got)
	}
	ink := 0
	for _, v := range m.Pix {
		ink += int(v)
	}
	if want := 5196433; math.Abs(float64(ink-want)) > 20 {
		t.Errorf("%d levels of ink, want %d", ink, want)
	}
}

func BenchmarkPenStrokes(b *testing.B) {
	const n = 10000
	for b.Loop() {
		PenStrokes(PenConfig{N: n, Seed: 1})
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "digits/s")
}
