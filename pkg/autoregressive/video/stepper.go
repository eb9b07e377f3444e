package video

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// stepper gives the logit of one pixel after another, for clips that come into being meanwhile: for drawing them, and for coding.
// Equal pixels give equal logits, to the last bit, as long as the number of clips, the engine and the machine are the same.
type stepper struct {
	net      Config
	n        int         // clips
	remember *model.Exec // runs once a frame
	pixel    *model.Exec // runs once a pixel, or for the baseline once a frame

	x     []float32         // [n,H,W] the frame that comes into being
	at    int               // the pixel whose logit comes next
	past  []*tensors.Tensor // as remember gives it
	bands []*tensors.Tensor // as pixel gives them
	all   []float32         // [n,H,W] the baseline's logits of the frame
}

func newStepper(backend compute.Backend, store *model.Store, net Config, clips int) (*stepper, error) {
	s := &stepper{net: net.withDefaults(), n: clips}
	var err error
	s.remember, err = model.NewExec(backend, store, func(scope *model.Scope, in []*Node) []*Node { return s.net.remember(scope, in[0], in[1], in[2]) })
	if err != nil {
		return nil, err
	}
	if s.net.Independent {
		s.pixel, err = model.NewExec(backend, store, func(scope *model.Scope, state *Node) *Node {
			return s.net.decode(scope.In("decoder"), state, nn.Places(state.Graph(), s.net.Height, s.net.Width), nil, s.net.see())
		})
	} else {
		s.pixel, err = model.NewExec(backend, store, func(scope *model.Scope, in []*Node) []*Node {
			return s.net.pixel(scope, in[0], in[1], in[2], in[3], in[4], in[5], in[6:])
		})
	}
	if err != nil {
		s.close()
		return nil, err
	}
	s.start()
	return s, nil
}

// start begins the clips anew.
func (s *stepper) start() {
	h, w, c := s.net.Height, s.net.Width, 2*s.net.Channels
	free(s.past)
	nothing := func(dims ...int) *tensors.Tensor { return tensors.FromShape(shapes.Make(dtypes.Float32, dims...)) }
	s.past = []*tensors.Tensor{nothing(s.n, h, w, c), nothing(s.n, h, w, c)}
	for range h {
		s.past = append(s.past, nothing(s.n, w, c))
	}
	s.begin()
}

// begin is the moment before a frame's first pixel.
func (s *stepper) begin() {
	free(s.bands)
	s.bands, s.all, s.at = nil, nil, 0
	for _, shape := range s.net.bands(s.n) {
		s.bands = append(s.bands, tensors.FromShape(shape))
	}
	s.x = make([]float32, s.n*s.net.Height*s.net.Width)
}

// close frees the programs and what they keep.
func (s *stepper) close() {
	for _, e := range []*model.Exec{s.remember, s.pixel} {
		if e != nil {
			e.Finalize()
		}
	}
	free(s.past)
	free(s.bands)
	s.past, s.bands = nil, nil
}

// frame takes a whole frame that is known, [n,H,W], in the place of the one that was to come.
func (s *stepper) frame(x []float32) error {
	in := tensors.FromFlatDataAndDimensions(x, s.n, s.net.Height, s.net.Width, 1)
	next, err := s.remember.Call(in, s.past[0], s.past[1])
	if err != nil {
		return err
	}
	free(append(s.past, in))
	s.past = next
	s.begin()
	return nil
}

// next takes the values of the pixel whose logits it gave last, [n], nil at first and after a whole frame, and gives the logits of the next pixel, [n].
func (s *stepper) next(previous []float32) ([]float32, error) {
	size := s.net.Height * s.net.Width
	switch {
	case previous != nil && len(previous) != s.n:
		return nil, fmt.Errorf("%d values for %d clips", len(previous), s.n)
	case previous == nil && s.at > 0:
		return nil, errors.New("the pixel before is not known")
	}
	for b, v := range previous {
		s.x[b*size+s.at] = v
	}
	if previous != nil {
		s.at++
	}
	if s.at == size {
		if err := s.frame(s.x); err != nil {
			return nil, err
		}
	}
	if s.net.Independent {
		return s.nextOfAll()
	}
	return s.nextInTurn()
}

// nextOfAll gives a pixel's logits out of those of the whole frame.
func (s *stepper) nextOfAll() ([]float32, error) {
	if s.at == 0 {
		outputs, err := s.pixel.Call(s.past[0])
		if err != nil {
			return nil, err
		}
		s.all = tensors.MustCopyFlatData[float32](outputs[0])
		free(outputs)
	}
	logits := make([]float32, s.n)
	for b := range logits {
		logits[b] = s.all[b*s.net.Height*s.net.Width+s.at]
	}
	return logits, nil
}

// nextInTurn runs the pixel program where it stands.
func (s *stepper) nextInTurn() ([]float32, error) {
	h, w := s.net.Height, s.net.Width
	row, col := s.at/w, s.at%w
	first, later := s.net.masks()
	seen := make([]float32, 0, s.n*len(first))
	for b := range s.n {
		for _, tap := range first {
			v := float32(0)
			if r, k := row+tap.Row, col+tap.Col; r >= 0 && k >= 0 && k < w {
				v = s.x[(b*h+r)*w+k]
			}
			seen = append(seen, v)
		}
	}
	column, write, pick := make([]float32, w), make([]float32, 2*w), make([]float32, len(later)*2*w)
	column[col], write[row%2*w+col] = 1, 1
	for k, tap := range later {
		if r, at := row+tap.Row, col+tap.Col; r >= 0 && at >= 0 && at < w {
			pick[k*2*w+r%2*w+at] = 1
		}
	}
	own := []*tensors.Tensor{
		tensors.FromFlatDataAndDimensions(seen, s.n, len(first)),
		tensors.FromFlatDataAndDimensions([]float32{nn.Coordinate(row, h), nn.Coordinate(col, w)}, 1, 2),
		tensors.FromFlatDataAndDimensions(column, w),
		tensors.FromFlatDataAndDimensions(write, 2*w),
		tensors.FromFlatDataAndDimensions(pick, len(later), 2*w),
	}
	inputs := []any{own[0], s.past[2+row], own[1], own[2], own[3], own[4]}
	for _, band := range s.bands {
		inputs = append(inputs, band)
	}
	outputs, err := s.pixel.Call(inputs...)
	if err != nil {
		return nil, err
	}
	logits := tensors.MustCopyFlatData[float32](outputs[0])
	free(append(append(own, s.bands...), outputs[0]))
	s.bands = outputs[1:]
	return logits, nil
}
