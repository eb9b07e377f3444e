package subscale

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Stepper gives p(x_t | x_<t) for one symbol after another, of a batch of images that come into being meanwhile: for drawing them, and for coding.
// Equal symbols give equal logits, to the last bit, as long as the batch's size, the engine and the machine are the same.
type Stepper struct {
	config  Config
	batch   int
	symbols []symbol
	parts   []*programs

	next   int     // the symbol whose logits come next
	canvas []uint8 // [B,H,W,C] or [B,H,W,2C], as far as it is drawn
}

// NewStepper prepares a model, whose weights are in the store, for that many images side by side. Programs are compiled when they are first needed.
func NewStepper(backend compute.Backend, store *model.Store, config Config, images int) (*Stepper, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	if images < 1 {
		return nil, fmt.Errorf("subscale: stepping: %d images: ask for one at least", images)
	}
	config = config.withDefaults()
	s := &Stepper{config: config, batch: images, symbols: config.symbols()}
	for _, p := range config.parts() {
		programs, err := newPrograms(backend, store, p, images)
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("subscale: stepping: %w", err)
		}
		s.parts = append(s.parts, programs)
	}
	s.Reset()
	return s, nil
}

// Reset begins another batch of as many images.
func (s *Stepper) Reset() {
	s.next, s.canvas = 0, make([]uint8, s.batch*s.each())
	for _, p := range s.parts {
		p.forget()
	}
}

// each is the symbols of an image.
func (s *Stepper) each() int { return len(s.symbols) }

// Next takes the symbols just drawn, one for each image, or none at first, and gives the logits of the next ones in the order of [Config.Order], [B,K] row by row.
// Levels that a symbol does not have get −Inf.
func (s *Stepper) Next(drawn []uint8) (logits []float32, err error) {
	switch {
	case s.parts == nil:
		return nil, errors.New("subscale: stepping: the stepper is closed: make another")
	case s.next == s.each():
		return nil, fmt.Errorf("subscale: stepping: all %d symbols are drawn: Reset for other images", s.next)
	case s.next > 0 && len(drawn) != s.batch || s.next == 0 && len(drawn) != 0:
		return nil, fmt.Errorf("subscale: stepping: %d symbols for %d images at symbol %d: give the one just drawn of each, and none at first", len(drawn), s.batch, s.next)
	}
	if s.next > 0 {
		last := s.symbols[s.next-1]
		for b, level := range drawn {
			if int(level) >= s.parts[last.part].levels() {
				return nil, fmt.Errorf("subscale: stepping: image %d got level %d as symbol %d, which has %d levels", b, level, s.next-1, s.parts[last.part].levels())
			}
			s.canvas[b*s.each()+last.place] = level
		}
	}
	at := s.symbols[s.next]
	p := s.parts[at.part]
	if at.colour == 0 && at.col == 0 && at.row == 0 {
		err = p.beginSlice(s, at)
	}
	if err == nil && at.colour == 0 && at.col == 0 {
		err = p.beginRow(s, at)
	}
	var few []float32
	if err == nil {
		few, err = p.step(s, at)
	}
	if err != nil {
		return nil, fmt.Errorf("subscale: stepping: symbol %d: %w", s.next, err)
	}
	s.next++
	return widen(few, p.levels(), s.config.levels()), nil
}

// widen fills rows of few logits up to k with −Inf.
func widen(logits []float32, few, k int) []float32 {
	if few == k {
		return logits
	}
	out := make([]float32, 0, len(logits)/few*k)
	for ; len(logits) > 0; logits = logits[few:] {
		out = append(out, logits[:few]...)
		for range k - few {
			out = append(out, float32(math.Inf(-1)))
		}
	}
	return out
}

// plane is what is drawn of a plane so far, as a part sees it, zeros elsewhere: [B,side·h,side·w,C].
func (s *Stepper) plane(p part, plane int) *tensors.Tensor {
	bits := p.bits
	if plane == 0 && p.known > 0 {
		bits = p.known
	}
	values := p.planes() * p.Colours
	height, width := p.Height/p.every, p.Width/p.every
	x := make([]float32, 0, s.batch*height*width*p.Colours)
	for b := range s.batch {
		for row := range height {
			for col := range width {
				at := b*s.each() + p.every*(row*p.Width+col)*values + plane*p.Colours
				for _, level := range s.canvas[at : at+p.Colours] {
					x = append(x, float32(level)/float32(int(1)<<bits-1))
				}
			}
		}
	}
	return floats(x, s.batch, height, width, p.Colours)
}

// last are the last n symbols of each image, in the order in which they were drawn, or zeros for none: [B,size].
func (s *Stepper) last(p part, n, size int) []float32 {
	x := make([]float32, s.batch*size)
	for b := range s.batch {
		for i := range n {
			level := s.canvas[b*s.each()+s.symbols[s.next-n+i].place]
			x[b*size+i] = float32(level) / float32(p.levels()-1)
		}
	}
	return x
}

// Close frees the programs and what they keep.
func (s *Stepper) Close() {
	for _, p := range s.parts {
		p.close()
	}
	s.parts = nil
}
