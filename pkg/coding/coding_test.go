package coding

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/curious-go/curious/pkg/data"
)

// Images of every kind come back bit for bit, and their file is within 0.5 % of what the model promises, but for its header and a last word that is not full.
func TestRoundTrip(t *testing.T) {
	for _, c := range []struct {
		name      string
		shape     shape
		sharpness float64
		n         int
	}{
		{"binary", shape{6, 7, 1, 2}, 2, 100},
		{"binary, nearly certain", shape{28, 28, 1, 2}, 30, 130}, // 3 batches of 44, 44 and 42
		{"binary, peaked", shape{28, 28, 1, 2}, 1e4, 10},
		{"uniform bytes", shape{5, 5, 3, 256}, 0, 10},
		{"bytes", shape{8, 8, 3, 256}, 3, 65},
		{"bytes, peaked", shape{8, 8, 1, 256}, 300, 20},
		{"five levels", shape{3, 1, 2, 5}, 1, 3},
		{"a single symbol", shape{1, 1, 1, 2}, 1, 1},
		{"a single byte", shape{1, 1, 1, 256}, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &toy{shape: c.shape, seed: 5, sharpness: c.sharpness}
			images := draw(t, m, c.n)
			var file bytes.Buffer
			stats, err := Encode(&file, m, images)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(stats)
			if stats.Images != c.n || stats.Dims != c.shape.size() || stats.Bits != 8*file.Len() {
				t.Errorf("%+v of a file of %d bytes", stats, file.Len())
			}
			if extra := float64(stats.Bits-stats.Header()) - stats.NLL; extra < -1 && c.name != "bytes, peaked" || extra > 0.0005*stats.NLL+65 {
				t.Errorf("%g bits more than the model's %g", extra, stats.NLL)
			}
			again := &toy{shape: c.shape, seed: 5, sharpness: c.sharpness}
			got, err := Decode(iotest.OneByteReader(&file), again)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Pix, images.Pix) || got.N != c.n || shapeOf(got) != c.shape {
				t.Error("other images came back")
			}
		})
	}
}

// The nats are the model's: a symbol of p = 1 − 1e-12 costs 1.44e-12 bits, and the file 8.6e-8 of them, its share of 2^24.
func TestPeaked(t *testing.T) {
	m := &fixed{toy{shape: shape{100, 100, 1, 2}}, []float32{0, float32(math.Log(1e-12))}}
	zeros := data.Images{N: 10, H: 100, W: 100, C: 1, Levels: 2, Pix: make([]uint8, 1e5)}
	var file bytes.Buffer
	stats, err := Encode(&file, m, zeros)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(stats.NLL-1e5*1e-12*math.Log2E) > 1e-12 || stats.Bits-stats.Header() > 64 {
		t.Errorf("%v: NLL %g", stats, stats.NLL)
	}
	if images, err := Decode(&file, m); err != nil || !slices.Equal(images.Pix, zeros.Pix) {
		t.Error(err)
	}
}

// fixed gives the same logits at every symbol.
type fixed struct {
	toy
	logits []float32
}

func (m *fixed) Next([]uint8) ([]float32, error) { return slices.Repeat(m.logits, len(m.at)), nil }

// backwards codes the last pixel first, and says where it computes.
type backwards struct {
	toy
	engine string
	places []int
}

func (m *backwards) Order() []int   { return m.places }
func (m *backwards) Engine() string { return m.engine }

func TestOrder(t *testing.T) {
	m := &backwards{toy: toy{shape: shape{2, 3, 1, 4}, sharpness: 2}, places: []int{5, 4, 3, 2, 1, 0}}
	images := draw(t, m, 5)
	forwards := draw(t, &m.toy, 5)
	for i := range 5 {
		turned := slices.Clone(forwards.At(i))
		slices.Reverse(turned)
		if !slices.Equal(images.At(i), turned) {
			t.Fatalf("image %d: %v, forwards %v", i, images.At(i), forwards.At(i))
		}
	}
	var file bytes.Buffer
	if _, err := Encode(&file, m, images); err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(&file, m); err != nil || !slices.Equal(got.Pix, images.Pix) {
		t.Error(err)
	}
	for _, places := range [][]int{nil, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4, 4}, {0, 1, 2, 3, 4, 6}, {0, 1, 2, 3, 4, -1}} {
		m.places = places
		_, err := Encode(io.Discard, m, images)
		says(t, err, "coding: encoding: the model's order has ")
	}
}

// Batches are of one size, the last filled up; the decoder meets the last first.
func TestBatches(t *testing.T) {
	m := &toy{shape: shape{1, 1, 1, 2}, sharpness: 1}
	for n, want := range map[int]string{1: "0+1 ", 64: "0+64 ", 65: "0+33 33+33 ", 130: "0+44 44+44 88+44 "} {
		images := draw(t, m, n)
		m.started = ""
		var file bytes.Buffer
		if _, err := Encode(&file, m, images); err != nil || m.started != want {
			t.Errorf("%d images: %v, started %s", n, err, m.started)
		}
		m.started = ""
		_, err := Decode(&file, m)
		parts := strings.Fields(want)
		slices.Reverse(parts)
		if err != nil || m.started != strings.Join(parts, " ")+" " {
			t.Errorf("%d images: %v, started %s", n, err, m.started)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	m := &toy{shape: shape{2, 2, 1, 4}, sharpness: 1}
	good := draw(t, m, 2)
	for want, change := range map[string]func(*data.Images){
		"0 images: give 1 to": func(i *data.Images) { i.N, i.Pix = 0, nil },
		"images of 2×1×1, 4 levels, and the model codes 2×2×1": func(i *data.Images) { i.W = 1 },
		"images of 2×2×1, 2 levels, and the model codes":       func(i *data.Images) { i.Levels = 2 },
		"7 values for 2 images of 2×2×1":                       func(i *data.Images) { i.Pix = i.Pix[:7] },
		"image 1 holds the value 4: of 4 levels, values are 0": func(i *data.Images) { i.Pix[7] = 4 },
		"the pixels are chances, not values: draw them once":   func(i *data.Images) { i.Bernoulli = true },
	} {
		images := good
		images.Pix = slices.Clone(good.Pix)
		change(&images)
		_, err := Encode(io.Discard, m, images)
		says(t, err, "coding: encoding: "+want)
	}
	nan := float32(math.NaN())
	for want, m := range map[string]Conditionals{
		"the model codes images of 0×2×1, 4 levels: sides must be":        &toy{shape: shape{0, 2, 1, 4}},
		"the model codes images of 32768×32768×2, 4 levels: sides must":   &toy{shape: shape{1 << 15, 1 << 15, 2, 4}},
		"the model codes images of 2×2×1, 257 levels: levels must":        &toy{shape: shape{2, 2, 1, 257}},
		"the model codes images of 2×2×1, 1 levels: levels must":          &toy{shape: shape{2, 2, 1, 1}},
		"symbol 0: the model gave 6 logits, not [B,K] = [2,4]":            &fixed{*m, []float32{1, 2, 3}},
		"symbol 0 of image 0: logit 3 is NaN: it must be finite, or −Inf": &fixed{*m, []float32{1, 2, 3, nan}},
	} {
		_, err := Encode(io.Discard, m, good)
		says(t, err, "coding: encoding: "+want)
	}
	_, err := Encode(failing{}, m, good)
	says(t, err, "coding: encoding: writing: disk full")
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }
