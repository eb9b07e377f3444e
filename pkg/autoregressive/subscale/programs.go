package subscale

import (
	"errors"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// programs are those of a part, and what they keep.
type programs struct {
	part
	batch                int
	slices, rows, pixels *model.Exec
	waves                *model.Exec   // in place of slices and rows, where slices are drawn side by side
	colours              []*model.Exec // of all colours but the first

	told, above, rowCache, pixelCache []*tensors.Tensor // rows of a slice, pixels of a row, layers
	features                          *tensors.Tensor   // [B,F] of the pixel, for its later colours
}

func newPrograms(backend compute.Backend, store *model.Store, p part, batch int) (*programs, error) {
	list := &programs{part: p, batch: batch}
	var failed error
	program := func(build func(scope *model.Scope, in []*Node) []*Node) *model.Exec {
		exec, err := model.NewExec(backend, store, func(scope *model.Scope, in []*Node) []*Node { return build(scope.In("%s", p.name), in) })
		failed = errors.Join(failed, err)
		return exec
	}
	list.slices = program(func(scope *model.Scope, in []*Node) []*Node {
		x, which, high := in[0], in[1], (*Node)(nil)
		if len(in) > 2 {
			high = in[2]
		}
		return p.slice(scope, x, high, which)
	})
	list.rows = program(func(scope *model.Scope, in []*Node) []*Node {
		above, next := p.row(scope, in[0], in[1], in[2:])
		return append(above, next...)
	})
	list.waves = program(func(scope *model.Scope, in []*Node) []*Node {
		above, next := p.wave(scope, in[0], in[1], in[2], in[3], in[4:])
		return append(above, next...)
	})
	list.pixels = program(func(scope *model.Scope, in []*Node) []*Node {
		h, next := p.pixel(scope, in[0], in[1], in[2:])
		return append([]*Node{p.colour(scope, 0, h, nil), h}, next...)
	})
	for c := 1; c < p.Colours; c++ {
		list.colours = append(list.colours, program(func(scope *model.Scope, in []*Node) []*Node {
			return []*Node{p.colour(scope, c, in[0], in[1])}
		}))
	}
	if failed != nil {
		list.close()
	}
	return list, failed
}

// beginSlice embeds what is drawn already.
func (p *programs) beginSlice(s *Stepper, at symbol) (err error) {
	which := make([]float32, p.part.slices())
	which[at.slice-p.from] = 1
	inputs := []*tensors.Tensor{s.plane(p.part, p.plane()), floats(which, len(which))}
	if p.known > 0 {
		inputs = append(inputs, s.plane(p.part, 0))
	}
	p.forget()
	p.rowCache = zeros(p.part.rowCache(p.batch))
	p.told, err = call(p.slices, inputs)
	free(inputs)
	return err
}

// beginRow runs the vertical stack on the row just drawn, or, before the first one, on nothing.
func (p *programs) beginRow(s *Stepper, at symbol) error {
	_, width := p.size()
	drawn := 0
	if at.row > 0 {
		drawn = width * p.Colours
	}
	x := floats(s.last(p.part, drawn, width*p.Colours), p.batch, 1, width, p.Colours)
	outputs, err := call(p.rows, append([]*tensors.Tensor{x, p.told[at.row]}, p.rowCache...))
	if err != nil {
		return err
	}
	free(append(p.rowCache, x))
	free(p.above)
	free(p.pixelCache)
	p.above, p.rowCache, p.pixelCache = outputs[:width], outputs[width:], zeros(p.part.pixelCache(p.batch))
	return nil
}

// step runs the horizontal stack at a pixel and gives its first colour's logits, or gives those of a later colour, [B,K].
func (p *programs) step(s *Stepper, at symbol) (logits []float32, err error) {
	var outputs []*tensors.Tensor
	if at.colour > 0 {
		before := floats(s.last(p.part, at.colour, at.colour), p.batch, at.colour)
		outputs, err = call(p.colours[at.colour-1], []*tensors.Tensor{p.features, before})
		free([]*tensors.Tensor{before})
	} else {
		drawn := 0
		if at.col > 0 {
			drawn = p.Colours
		}
		left := floats(s.last(p.part, drawn, p.Colours), p.batch, p.Colours)
		outputs, err = call(p.pixels, append([]*tensors.Tensor{left, p.above[at.col]}, p.pixelCache...))
		free(append(p.pixelCache, left, p.features))
		p.features, p.pixelCache = nil, nil
		if err == nil {
			p.features, p.pixelCache = outputs[1], outputs[2:]
		}
	}
	if err != nil {
		return nil, err
	}
	defer free(outputs[:1])
	return tensors.CopyFlatData[float32](outputs[0])
}

func (p *programs) close() {
	p.forget()
	for _, exec := range append([]*model.Exec{p.slices, p.rows, p.waves, p.pixels}, p.colours...) {
		if exec != nil {
			exec.Finalize()
		}
	}
}

// forget frees what is kept of a slice.
func (p *programs) forget() {
	free(p.told)
	free(p.above)
	free(p.rowCache)
	free(append(p.pixelCache, p.features))
	p.told, p.above, p.rowCache, p.pixelCache, p.features = nil, nil, nil, nil, nil
}

func call(exec *model.Exec, inputs []*tensors.Tensor) ([]*tensors.Tensor, error) {
	args := make([]any, len(inputs))
	for i, t := range inputs {
		args[i] = t
	}
	return exec.Call(args...)
}

func floats(values []float32, dims ...int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

func zeros(list []shapes.Shape) []*tensors.Tensor {
	out := make([]*tensors.Tensor, len(list))
	for i, shape := range list {
		out[i] = tensors.FromShape(shape)
	}
	return out
}

func free(list []*tensors.Tensor) {
	for _, t := range list {
		if t != nil {
			t.FinalizeAll()
		}
	}
}
