package data

import (
	"image"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// toy is n images of 2×2 whose pixels are i, i+1, … and whose label is i.
func toy(n int) Images {
	m := Images{N: n, H: 2, W: 2, C: 1, Levels: 256, Factors: Factors{Slant: make([]float32, n)}}
	for i := range n {
		m.Pix = append(m.Pix, uint8(i), uint8(i+1), uint8(i+2), uint8(i+3))
		m.Labels = append(m.Labels, uint8(i))
		m.Factors.Slant[i] = float32(i)
	}
	return m
}

func TestSubsets(t *testing.T) {
	m := toy(6)
	for _, c := range []struct {
		name string
		got  Images
		want []uint8
	}{
		{"First", m.First(2), []uint8{0, 1}},
		{"First of too many", m.First(9), []uint8{0, 1, 2, 3, 4, 5}},
		{"First of less than none", m.First(-1), []uint8{}},
		{"Range", m.Range(2, 5), []uint8{2, 3, 4}},
		{"Take", m.Take([]int{5, 0, 5}), []uint8{5, 0, 5}},
	} {
		if c.got.N != len(c.want) || len(c.got.Pix) != 4*len(c.want) {
			t.Errorf("%s: N is %d with %d pixels, want %d images", c.name, c.got.N, len(c.got.Pix), len(c.want))
			continue
		}
		for k, i := range c.want {
			if c.got.At(k)[3] != i+3 || c.got.Labels[k] != i || c.got.Factors.Slant[k] != float32(i) {
				t.Errorf("%s: place %d holds %v, label %d, slant %v; want image %d", c.name, k, c.got.At(k), c.got.Labels[k], c.got.Factors.Slant[k], i)
			}
		}
	}
	if got := m.Range(0, 2); cap(got.Pix) > 8 && &got.Pix[:9][8] == &m.Pix[8] {
		t.Error("appending to a Range would write into its neighbour")
	}
}

func TestShuffledIsAPermutationOfItsSeed(t *testing.T) {
	m := toy(50)
	a, b, c := m.Shuffled(1), m.Shuffled(1), m.Shuffled(2)
	if !slices.Equal(a.Pix, b.Pix) || slices.Equal(a.Pix, c.Pix) {
		t.Error("the order must depend on the seed, and on nothing else")
	}
	slices.Sort(a.Labels)
	if !slices.Equal(a.Labels, m.Labels) {
		t.Error("an image is lost or doubled")
	}
}

func TestTensor(t *testing.T) {
	m := toy(2)
	m.Pix[0], m.Pix[1] = 0, 255
	x := m.Tensor()
	if got := x.Shape().Dimensions; !slices.Equal(got, []int{2, 2, 2, 1}) {
		t.Errorf("shape %v, want [2 2 2 1]", got)
	}
	if got := tensors.MustCopyFlatData[float32](x); got[0] != 0 || got[1] != 1 || got[2] != 2./255 {
		t.Errorf("values %v, want 0, 1, 2/255, …", got)
	}
	m.Levels, m.Pix = 2, []uint8{0, 1, 1, 0, 1, 0, 0, 1}
	if got := tensors.MustCopyFlatData[float32](m.Tensor()); !slices.Equal(got, []float32{0, 1, 1, 0, 1, 0, 0, 1}) {
		t.Errorf("binary values %v", got)
	}
	if got := tensors.MustCopyFlatData[int32](m.LabelTensor()); !slices.Equal(got, []int32{0, 1}) {
		t.Errorf("labels %v", got)
	}
	m.Labels = nil
	if m.LabelTensor() != nil {
		t.Error("images without labels have a label tensor")
	}
}

// Drawn pixels must be on as often as their chance says: the bounds are 5 standard deviations of a binomial of 40,000.
func TestDrawn(t *testing.T) {
	const n = 10000
	for _, p := range []uint8{0, 1, 64, 128, 254, 255} {
		m := Images{N: n, H: 2, W: 2, C: 1, Levels: 2, Bernoulli: true, Pix: slices.Repeat([]uint8{p}, 4*n)}
		on := 0
		for _, v := range m.Drawn(7).Pix {
			on += int(v)
		}
		chance := float64(p) / 255
		if off := math.Abs(float64(on) - 4*n*chance); off > 5*math.Sqrt(4*n*chance*(1-chance)) {
			t.Errorf("of chance %d/255, %d of %d are on", p, on, 4*n)
		}
	}
}

func TestBlocks14(t *testing.T) {
	// Two blocks side by side; by hand: 1 of 4 on is off, 2 of 4 is on; the means of 0 0 0 255 and 10 20 30 41 are 63.75 and 25.25.
	binary := Images{N: 1, H: 2, W: 4, C: 1, Levels: 2, Pix: []uint8{0, 1, 1, 0, 0, 0, 0, 1}}
	if got := binary.Blocks14(); !slices.Equal(got.Pix, []uint8{0, 1}) || got.H != 1 || got.W != 2 {
		t.Errorf("binary blocks %+v", got)
	}
	grey := Images{N: 1, H: 2, W: 4, C: 1, Levels: 256, Pix: []uint8{0, 0, 10, 20, 0, 255, 30, 41}}
	if got := grey.Blocks14().Pix; !slices.Equal(got, []uint8{64, 25}) {
		t.Errorf("grey blocks %v", got)
	}
	// All 16 patterns of four bits.
	for pattern := range 16 {
		m := Images{N: 1, H: 2, W: 2, C: 1, Levels: 2}
		on := 0
		for bit := range 4 {
			m.Pix = append(m.Pix, uint8(pattern>>bit&1))
			on += pattern >> bit & 1
		}
		if got := m.Blocks14().Pix[0]; (got == 1) != (on >= 2) {
			t.Errorf("%v becomes %d", m.Pix, got)
		}
	}
	// Odd sides and colours: 3×3 of two channels keeps the upper left block of each.
	odd := Images{N: 1, H: 3, W: 3, C: 2, Levels: 256, Pix: []uint8{4, 8, 4, 8, 99, 99, 4, 8, 4, 8, 99, 99, 99, 99, 99, 99, 99, 99}}
	if got := odd.Blocks14(); !slices.Equal(got.Pix, []uint8{4, 8}) || len(got.Pix) != got.size() {
		t.Errorf("odd blocks %+v", got)
	}
}

// Halving chances and then drawing must be the same in distribution as drawing and then halving: sum over the 16 outcomes.
func TestBlocks14OfChances(t *testing.T) {
	chances := [4]uint8{30, 100, 200, 255}
	want := 0.0
	for pattern := range 16 {
		p, on := 1.0, 0
		for bit, c := range chances {
			if pattern>>bit&1 == 1 {
				p *= float64(c) / 255
				on++
			} else {
				p *= 1 - float64(c)/255
			}
		}
		if on >= 2 {
			want += p
		}
	}
	m := Images{N: 1, H: 2, W: 2, C: 1, Levels: 2, Bernoulli: true, Pix: chances[:]}
	if got := float64(m.Blocks14().Pix[0]) / 255; math.Abs(got-want) > 0.5/255 {
		t.Errorf("chance %v, want %v", got, want)
	}
}

func TestPictures(t *testing.T) {
	grey, ok := toy(3).Images(5)[0].(*image.Gray)
	if !ok || grey.Bounds() != image.Rect(0, 0, 2, 2) {
		t.Fatalf("%T %v, want a grey picture of 2×2 for each of 3 images", grey, grey.Bounds())
	}
	binary := Images{N: 1, H: 1, W: 2, C: 1, Levels: 2, Pix: []uint8{0, 1}}
	if got := binary.Images(1)[0].(*image.Gray).Pix; !slices.Equal(got, []uint8{0, 255}) {
		t.Errorf("binary pixels are drawn as %v", got)
	}
	binary.Pix, binary.Bernoulli = []uint8{0, 255}, true
	if got := binary.Images(1)[0].(*image.Gray).Pix; !slices.Equal(got, []uint8{0, 255}) {
		t.Errorf("certain chances are drawn as %v", got)
	}
	colour := Images{N: 1, H: 1, W: 1, C: 3, Levels: 256, Pix: []uint8{1, 2, 3}}
	if got := colour.Images(1)[0].(*image.NRGBA).Pix; !slices.Equal(got, []uint8{1, 2, 3, 255}) {
		t.Errorf("a colour is drawn as %v", got)
	}
	if got := toy(3).Images(-1); len(got) != 0 {
		t.Errorf("%d pictures of -1", len(got))
	}
}
