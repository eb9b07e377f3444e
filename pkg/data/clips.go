package data

import (
	"fmt"
	"image"
	"math"

	"github.com/gomlx/gomlx/core/tensors"
)

// Clips is N video clips of T frames of H×W pixels, one channel. Nothing writes to one after it is made, so that copies share pixels.
type Clips struct {
	N, T, H, W int
	Levels     int     // values that a model sees: 2 (0 and 1) or 256 (0..255)
	Pix        []uint8 // [N,T,H,W], frame by frame, row by row from the top
	Tracks     []Track // where the objects are, clip by clip; nil where nobody knows
}

// size is the number of values of a clip.
func (c Clips) size() int { return c.T * c.H * c.W }

// At is clip i, [T,H,W], not copied: do not write to it.
func (c Clips) At(i int) []uint8 { return c.Pix[i*c.size() : (i+1)*c.size()] }

// Check says what is wrong with the clips, if anything: there must be as many values as the sizes say, each a level.
func (c Clips) Check() error {
	if c.N < 0 || c.T < 0 || c.H < 1 || c.W < 1 || c.Levels != 2 && c.Levels != 256 || len(c.Pix) != c.N*c.size() {
		return fmt.Errorf("data: %d clips of %d frames of %d×%d hold %d values of %d levels: use clips as this package makes them", c.N, c.T, c.H, c.W, len(c.Pix), c.Levels)
	}
	for i, v := range c.Pix {
		if int(v) >= c.Levels {
			at := i % c.size()
			return fmt.Errorf("data: clip %d, frame %d, pixel (%d,%d) is %d: there are %d levels", i/c.size(), at/(c.H*c.W), at/c.W%c.H, at%c.W, v, c.Levels)
		}
	}
	return nil
}

// Range is clips i up to, not including, j.
func (c Clips) Range(i, j int) Clips {
	if c.N > 0 {
		each := len(c.Tracks) / c.N
		c.Tracks = part(c.Tracks, i*each, j*each)
	}
	c.Pix = part(c.Pix, i*c.size(), j*c.size())
	c.N = j - i
	return c
}

// First is the first t frames of every clip, copied; all if there are fewer. The tracks stay whole.
func (c Clips) First(t int) Clips {
	t = max(0, min(t, c.T))
	pix := make([]uint8, 0, c.N*t*c.H*c.W)
	for i := range c.N {
		pix = append(pix, c.At(i)[:t*c.H*c.W]...)
	}
	c.Pix, c.T = pix, t
	return c
}

// Stacked is every clip as one tall image, its frames one below the other, [T·H,W]: the order of its pixels from the top is the order of time. It is the form
// in which packages score and check take clips.
func (c Clips) Stacked() Images {
	return Images{N: c.N, H: c.T * c.H, W: c.W, C: 1, Levels: c.Levels, Pix: c.Pix}
}

// Pictures is all frames of all clips, in order, in the form that package show draws: a grid of T columns has a clip in each row.
func (c Clips) Pictures() []image.Image {
	return Images{N: c.N * c.T, H: c.H, W: c.W, C: 1, Levels: c.Levels, Pix: c.Pix}.Pictures()
}

// Tensor is all clips as a model sees them, float32 [N,T,H,W,1] in [0,1].
func (c Clips) Tensor() *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(c.Stacked().Floats(), c.N, c.T, c.H, c.W, 1)
}

// GreyEntropy is H(z,z) = −Σ_i z_i log z_i + (1−z_i) log(1−z_i) of each frame, in nats, on average over the clips: [T]. Where grey levels are the targets of a
// sigmoid's cross-entropy, it is the least that the frame can cost, even if it is known beforehand: the "lower bound" of the tables on Moving MNIST.
// Zero for binary clips. It tells nothing about what can be predicted.
func (c Clips) GreyEntropy() []float64 {
	var table [256]float64
	for v := 1; v < c.Levels-1; v++ {
		z := float64(v) / float64(c.Levels-1)
		table[v] = -z*math.Log(z) - (1-z)*math.Log(1-z)
	}
	entropy := make([]float64, c.T)
	for k, v := range c.Pix {
		entropy[k/(c.H*c.W)%c.T] += table[v] / float64(c.N)
	}
	return entropy
}
