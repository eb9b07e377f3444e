package video

import (
	"errors"
	"math"

	"github.com/curious-go/curious/pkg/data"
)

// CopyLast is the yardstick: the next frame is the last one, as surely as counting says. p(x_t,i = 1 | x_<t) depends on nothing but the level of x_t−1,i, from a table of how often that
// led to a one, or for grey pixels to what level on average. The first frame has one chance for all pixels.
type CopyLast struct {
	first float64
	after [256]float64
}

// NewCopyLast counts.
func NewCopyLast(clips data.Clips) (CopyLast, error) {
	if clips.N < 1 || clips.T < 1 || clips.Levels < 2 {
		return CopyLast{}, errors.New("video: counting for copy-last-frame: there are no frames: give clips as package data makes them")
	}
	var c CopyLast
	var firsts, sum float64
	var times, sums [256]float64
	each(clips, func(t int, z float64, last uint8) {
		if t == 0 {
			firsts, sum = firsts+1, sum+z
		} else {
			times[last], sums[last] = times[last]+1, sums[last]+z
		}
	})
	c.first = (sum + 0.5) / (firsts + 1) // half a count for either, so that nothing is impossible
	for v := range c.after {
		c.after[v] = (sums[v] + 0.5) / (times[v] + 1)
	}
	return c, nil
}

// FrameNats is what each frame costs on average, [T] nats.
func (c CopyLast) FrameNats(clips data.Clips) []float64 {
	nats := make([]float64, clips.T)
	each(clips, func(t int, z float64, last uint8) {
		p := c.first
		if t > 0 {
			p = c.after[last]
		}
		nats[t] -= (z*math.Log(p) + (1-z)*math.Log1p(-p)) / float64(clips.N)
	})
	return nats
}

// each calls f for every pixel: its frame, its value from 0 to 1, and the level of the same pixel in the frame before, 0 in the first.
func each(clips data.Clips, f func(t int, z float64, last uint8)) {
	size := clips.H * clips.W
	for k, v := range clips.Pix {
		t := k / size % clips.T
		last := uint8(0)
		if t > 0 {
			last = clips.Pix[k-size]
		}
		f(t, float64(v)/float64(clips.Levels-1), last)
	}
}

// mean is the mean of values, 0 of none.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}
