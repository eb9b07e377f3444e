package data_test

import (
	"math"
	"testing"

	"github.com/curious-go/curious/pkg/data"
)

func TestRoundness(t *testing.T) {
	// A bar of a×b pixels has variances (a²−1)/12 and (b²−1)/12.
	draw := func(on func(row, col int) bool) data.Images {
		m := data.Images{N: 1, H: 12, W: 12, C: 1, Levels: 2, Pix: make([]uint8, 144)}
		for k := range m.Pix {
			if on(k/12, k%12) {
				m.Pix[k] = 1
			}
		}
		return m
	}
	for _, c := range []struct {
		name      string
		on        func(row, col int) bool
		want, ink float64
	}{
		{"nothing", func(int, int) bool { return false }, 1, 0},
		{"a pixel", func(r, c int) bool { return r == 3 && c == 4 }, 1, 1},
		{"a line", func(r, c int) bool { return r == 3 && c > 2 }, 0, 9},
		{"a diagonal", func(r, c int) bool { return r == c }, 0, 12},
		{"a square", func(r, c int) bool { return r < 6 && c < 6 }, 1, 36},
		{"a bar of 2×5", func(r, c int) bool { return r < 2 && c < 5 }, math.Sqrt(3.0 / 24), 10},
		{"a bar of 5×2", func(r, c int) bool { return r < 5 && c < 2 }, math.Sqrt(3.0 / 24), 10},
	} {
		m := draw(c.on)
		if got := m.Roundness()[0]; math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s has roundness %.7f, want %.7f", c.name, got, c.want)
		}
		if got := m.Ink()[0]; got != c.ink {
			t.Errorf("%s has ink %v, want %v", c.name, got, c.ink)
		}
	}
	// A grey disc is round, and its ink is weighed by its grey.
	grey := data.Images{N: 1, H: 11, W: 11, C: 1, Levels: 256, Pix: make([]uint8, 121)}
	for k := range grey.Pix {
		if y, x := k/11-5, k%11-5; x*x+y*y <= 16 {
			grey.Pix[k] = 51
		}
	}
	if got := grey.Roundness()[0]; math.Abs(got-1) > 1e-6 {
		t.Errorf("a disc has roundness %.7f", got)
	}
	if got := grey.Ink()[0]; math.Abs(got-49*0.2) > 1e-9 { // 49 lattice points within radius 4
		t.Errorf("a disc of a fifth has ink %.7f", got)
	}
}
