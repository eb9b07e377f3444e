package video

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
)

// Drawing says how to draw.
type Drawing struct {
	Seed  int64
	Naive bool // a full pass for each pixel: the same clips, and the reason for caches
}

// Drawn is what [Draw] returns.
type Drawn struct {
	Clips  data.Clips
	Logits []float32 // [N,T,H,W] of each pixel at the moment when it was drawn; zero where it was given
}

// Draw continues clips, whose frames may be none, up to so many frames, with the model whose weights are in the store. Binary pixels are drawn, 1 with probability
// σ(logit). Grey ones are set to σ(logit), the grey level that the model expects, since that is what its loss makes of it.
// The random numbers come from the seed, on the host: they are the same on every engine.
func Draw(backend compute.Backend, store *model.Store, net Config, given data.Clips, frames int, d Drawing) (Drawn, error) {
	net = net.withDefaults()
	if err := net.check(); err != nil {
		return Drawn{}, err
	}
	if err := drawable(net, given, frames); err != nil {
		return Drawn{}, fmt.Errorf("video: continuing clips: %w", err)
	}
	c := &canvas{net: net, backend: backend, store: store, n: given.N, frames: frames, from: given.T, levels: given.Levels}
	c.random = rand.New(rand.NewPCG(uint64(d.Seed), 0x5eed))
	size := net.Height * net.Width
	c.pixels, c.logits = make([]float32, c.n*frames*size), make([]float32, c.n*frames*size)
	for i, v := range given.Stacked().Floats() {
		clip, at := i/(given.T*size), i%(given.T*size)
		c.pixels[clip*frames*size+at] = v
	}
	draw := c.drawIncrementally
	if d.Naive {
		draw = c.drawNaively
	}
	if err := draw(); err != nil {
		return Drawn{}, fmt.Errorf("video: continuing clips: %w", err)
	}
	pix := make([]uint8, len(c.pixels))
	for i, v := range c.pixels {
		pix[i] = uint8(math.Round(float64(v) * float64(c.levels-1)))
	}
	given.T, given.Pix, given.Tracks = frames, pix, nil
	return Drawn{Clips: given, Logits: c.logits}, nil
}

func drawable(net Config, given data.Clips, frames int) error {
	switch {
	case given.N < 1:
		return errors.New("there are none: give one at least, of no frames to begin from nothing")
	case given.H != net.Height || given.W != net.Width:
		return fmt.Errorf("they are of %d×%d, the model draws %d×%d", given.H, given.W, net.Height, net.Width)
	case frames <= given.T:
		return fmt.Errorf("to %d frames, of which %d are given: ask for more frames", frames, given.T)
	}
	return given.Check()
}

// canvas holds the clips while they are drawn.
type canvas struct {
	net             Config
	backend         compute.Backend
	store           *model.Store
	n, frames, from int // clips; frames in all, and how many are given
	levels          int
	random          *rand.Rand
	pixels, logits  []float32 // [n,frames,H,W]
}

// at is the index of a pixel.
func (c *canvas) at(clip, t, row, col int) int {
	return ((clip*c.frames+t)*c.net.Height+row)*c.net.Width + col
}

// choose fixes a pixel of every clip.
func (c *canvas) choose(t, row, col int, logit func(clip int) float32) {
	for b := range c.n {
		i, l := c.at(b, t, row, col), logit(b)
		u, p := c.random.Float64(), 1/(1+math.Exp(-float64(l)))
		c.logits[i] = l
		switch {
		case c.levels > 2:
			c.pixels[i] = float32(math.Round(p*float64(c.levels-1))) / float32(c.levels-1)
		case u < p:
			c.pixels[i] = 1
		}
	}
}

// frame is frame t of all clips, [n,H,W].
func (c *canvas) frame(t int) []float32 {
	size := c.net.Height * c.net.Width
	values := make([]float32, 0, c.n*size)
	for b := range c.n {
		values = append(values, c.pixels[c.at(b, t, 0, 0):][:size]...)
	}
	return values
}

// drawIncrementally feeds the frames that are given, and draws the others pixel by pixel.
func (c *canvas) drawIncrementally() error {
	s, err := newStepper(c.backend, c.store, c.net, c.n)
	if err != nil {
		return err
	}
	defer s.close()
	for t := range c.from {
		if err := s.frame(c.frame(t)); err != nil {
			return err
		}
	}
	var previous []float32
	for t := c.from; t < c.frames; t++ {
		for i := range c.net.Height * c.net.Width {
			logits, err := s.next(previous)
			if err != nil {
				return err
			}
			row, col := i/c.net.Width, i%c.net.Width
			c.choose(t, row, col, func(clip int) float32 { return logits[clip] })
			previous = previous[:0]
			for b := range c.n {
				previous = append(previous, c.pixels[c.at(b, t, row, col)])
			}
		}
	}
	return nil
}

// drawNaively runs the whole network over all frames for each pixel.
func (c *canvas) drawNaively() error {
	exec, err := model.NewExec(c.backend, c.store, c.net.Logits)
	if err != nil {
		return err
	}
	defer exec.Finalize()
	for t := c.from; t < c.frames; t++ {
		for i := range c.net.Height * c.net.Width {
			x := tensors.FromFlatDataAndDimensions(c.pixels, c.n, c.frames, c.net.Height, c.net.Width, 1)
			outputs, err := exec.Call(x)
			if err != nil {
				return err
			}
			row, col := i/c.net.Width, i%c.net.Width
			tensors.MustConstFlatData(outputs[0], func(logits []float32) {
				c.choose(t, row, col, func(clip int) float32 { return logits[c.at(clip, t, row, col)] })
			})
			free(append(outputs, x))
		}
	}
	return nil
}

func free(list []*tensors.Tensor) {
	for _, t := range list {
		t.FinalizeAll()
	}
}
