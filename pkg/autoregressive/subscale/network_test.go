package subscale

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score/check"
)

// numbered are images whose pixels are 1, 2, 3, …, so that each can be told from all others.
func numbered(dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	x := make([]float32, size)
	for i := range x {
		x[i] = float32(i + 1)
	}
	return tensors.FromFlatDataAndDimensions(x, dims...)
}

func values(t *testing.T, f func(x *Node) *Node, x *tensors.Tensor) (flat []float32, dims []int) {
	t.Helper()
	flat, dims, err := check.Evaluate(engine.Must().Backend, func(in []*Node) *Node { return f(in[0]) }, x)
	if err != nil {
		t.Fatal(err)
	}
	return flat, dims
}

// Slice (i,j) is x[i::S, j::S], colours together: looked up pixel by pixel.
func TestCut(t *testing.T) {
	const b, h, w, c, s = 2, 6, 9, 2, 3
	got, dims := values(t, func(x *Node) *Node { return cut(x, s) }, numbered(b, h, w, c))
	if !slices.Equal(dims, []int{b, s, s, h / s, w / s, c}) {
		t.Fatalf("shape %v", dims)
	}
	at := 0
	for image := range b {
		for i := range s {
			for j := range s {
				for row := range h / s {
					for col := range w / s {
						for colour := range c {
							want := ((image*h+row*s+i)*w+col*s+j)*c + colour + 1
							if got[at] != float32(want) {
								t.Fatalf("slice (%d,%d) at (%d,%d): pixel %v, want %d", i, j, row, col, got[at], want)
							}
							at++
						}
					}
				}
			}
		}
	}
}

// Which slices each slice is told, and in which channel: by their place relative to it, whole and unshifted, and zeros where there is none. Absolute places, the
// first slice always in the first channel, would need a network for each slice.
func TestBesideIsRelative(t *testing.T) {
	const s, side = 3, 6
	p := part{Config: Config{Height: side, Width: side, Colours: 1}, every: 1, side: s}
	for _, taps := range []nn.Taps{nn.MaskA(2*s - 1), nn.Box(-2, 2, -2, 2)} {
		for from := range 2 {
			p.from = from
			got, dims := values(t, func(x *Node) *Node { return p.beside(x, taps) }, numbered(1, side, side, 1))
			if !slices.Equal(dims, []int{s*s - from, 2, 2, len(taps)}) {
				t.Fatalf("shape %v", dims)
			}
			at := 0
			for slice := from; slice < s*s; slice++ {
				for row := range 2 {
					for col := range 2 {
						for _, tap := range taps {
							want := 0
							if i, j := slice/s+tap.Row, slice%s+tap.Col; i >= 0 && i < s && j >= 0 && j < s {
								want = (row*s+i)*side + col*s + j + 1
							}
							if got[at] != float32(want) {
								t.Fatalf("slice %d, tap %v: %v, want %d", slice+1, tap, got[at], want)
							}
							at++
						}
					}
				}
			}
		}
	}
}

// A hat is a one-hot vector at every level, and in between it leans from one to the next.
func TestHats(t *testing.T) {
	got, dims := values(t, func(x *Node) *Node { return hats(x, 4) }, tensors.FromFlatDataAndDimensions([]float32{0, 1. / 3, 2. / 3, 1, 0.5, 5. / 6}, 3, 2))
	want := []float32{1, 0, 0, 0, 0, 1, 0, 0 /**/, 0, 0, 1, 0, 0, 0, 0, 1 /**/, 0, .5, .5, 0, 0, 0, .5, .5}
	if !slices.Equal(dims, []int{3, 8}) {
		t.Fatalf("shape %v", dims)
	}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-6 {
			t.Fatalf("hats are %v, want %v", got, want)
		}
	}
}

// Planes are what the integers' bits are, and the host splits images into the same ones.
func TestPlanes(t *testing.T) {
	c := Config{Height: 16, Width: 16, Bits: 8, High: 3}
	x := make([]float32, 256)
	for i := range x {
		x[i] = float32(i) / 255
	}
	got, _ := values(t, c.Planes, tensors.FromFlatDataAndDimensions(x, 1, 16, 16, 1))
	for v := range 256 {
		if high, low := float64(got[2*v])*7, float64(got[2*v+1])*31; math.Abs(high-float64(v>>5)) > 1e-4 || math.Abs(low-float64(v&31)) > 1e-4 {
			t.Errorf("%d is split into %v and %v", v, high, low)
		}
	}
}

// choose passes over levels that cannot be, and reaches each of the others.
func TestChoose(t *testing.T) {
	never := float32(math.Inf(-1))
	logits := []float32{never, 0, 0, never, 0, never}
	for u, want := range map[float64]uint8{0: 1, 0.33: 1, 0.34: 2, 0.66: 2, 0.67: 4, math.Nextafter(1, 0): 4} {
		if got := choose(logits, u); got != want {
			t.Errorf("at %v level %d, want %d", u, got, want)
		}
	}
}
