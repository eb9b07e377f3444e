package pixelcnn

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Stepper gives p(x_i = 1 | x_<i) for one pixel after another, of a batch of images that come into being meanwhile: for drawing them, and for coding.
// Equal pixels give equal logits, to the last bit, as long as the batch's size, the engine and the machine are the same.
type Stepper struct {
	height, width, batch int
	model                incremental
	rows, pixels         *model.Exec
	classes              *tensors.Tensor // [B], or nil
	numAbove             int             // how much a row tells each pixel of the next

	next                        int       // the pixel whose logits come next
	row                         []float32 // [B,W] the row that is being drawn
	above, rowCache, pixelCache []*tensors.Tensor
}

// NewStepper compiles the two programs for that many images side by side, with classes if the model wants them.
func NewStepper(backend compute.Backend, store *model.Store, net Net, height, width, images int, classes []int32) (*Stepper, error) {
	m, ok := withSize(net, height, width).(incremental)
	if !ok {
		return nil, fmt.Errorf("pixelcnn: %T cannot be run pixel by pixel: ask for Naive", net)
	}
	s := &Stepper{height: height, width: width, batch: images, model: m}
	if classes != nil {
		s.classes = tensors.FromFlatDataAndDimensions(classes, images)
	}
	var err error
	s.rows, err = model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
		inputs, y := s.splitClasses(inputs)
		above, next := m.row(scope, inputs[0], inputs[1], inputs[2], inputs[3:], y)
		s.numAbove = len(above)
		return append(above, next...)
	})
	if err != nil {
		return nil, err
	}
	s.pixels, err = model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
		inputs, y := s.splitClasses(inputs)
		x, col, where := inputs[0], inputs[1], inputs[2]
		above, cache := inputs[3:3+s.numAbove], inputs[3+s.numAbove:]
		here := make([]*Node, len(above))
		pick := OneHot(col, width, x.DType()) // [W]; a product with it picks the column on every engine
		for i, a := range above {
			here[i] = Einsum("bwc,w->bc", a, pick)
		}
		logit, next := m.pixel(scope, x, where, here, cache, y)
		return append([]*Node{logit}, next...)
	})
	if err != nil {
		s.rows.Finalize()
		return nil, err
	}
	s.Reset()
	return s, nil
}

// Reset begins another batch of images.
func (s *Stepper) Reset() {
	free(s.above)
	free(s.rowCache)
	free(s.pixelCache)
	s.next, s.row = 0, make([]float32, s.batch*s.width)
	s.above, s.rowCache, s.pixelCache = nil, zeros(s.model.rowCache(s.batch)), zeros(s.model.pixelCache(s.batch))
}

// Next takes the pixel just drawn of each image, 0 or 1, or nothing at first, and gives the logits of the next one in raster order, [B].
func (s *Stepper) Next(drawn []float32) (logits []float32, err error) {
	row, col := s.next/s.width, s.next%s.width
	switch {
	case row == s.height:
		return nil, fmt.Errorf("pixelcnn: stepping: all %d pixels are drawn: Reset for other images", s.next)
	case s.next > 0 && len(drawn) != s.batch || s.next == 0 && len(drawn) != 0:
		return nil, fmt.Errorf("pixelcnn: stepping: %d pixels for %d images at pixel %d: give the one just drawn of each, and none at first", len(drawn), s.batch, s.next)
	}
	left := make([]float32, s.batch)
	for b, v := range drawn {
		s.row[b*s.width+(s.next-1)%s.width] = v
		if col > 0 {
			left[b] = v
		}
	}
	if col == 0 {
		if err := s.nextRow(row); err != nil {
			return nil, err
		}
	}
	x := tensors.FromFlatDataAndDimensions(left, s.batch, 1)
	place := tensors.FromFlatDataAndDimensions([]float32{coordinate(row, s.height), coordinate(col, s.width)}, 1, 2)
	outputs, err := s.pixels.Call(s.classed(append(append([]any{x, int32(col), place}, anys(s.above)...), anys(s.pixelCache)...)...)...)
	if err != nil {
		return nil, err
	}
	free(append(s.pixelCache, x, place))
	s.pixelCache = outputs[1:]
	logits, err = tensors.CopyFlatData[float32](outputs[0])
	free(outputs[:1])
	s.next++
	return logits, err
}

// nextRow runs the row program on the finished row.
func (s *Stepper) nextRow(row int) error {
	x := tensors.FromFlatDataAndDimensions(s.row, s.batch, 1, s.width, 1)
	inside := float32(min(row, 1))
	where := make([]float32, 0, 4*s.width) // of the row above and of this one
	for _, row := range []int{row - 1, row} {
		for col := range s.width {
			where = append(where, coordinate(row, s.height), coordinate(col, s.width))
		}
	}
	places := tensors.FromFlatDataAndDimensions(where, 1, 2, s.width, 2)
	outputs, err := s.rows.Call(s.classed(append([]any{x, places, inside}, anys(s.rowCache)...)...)...)
	if err != nil {
		return err
	}
	free(append(s.rowCache, x, places))
	free(s.above)
	free(s.pixelCache)
	s.above, s.rowCache, s.pixelCache = outputs[:s.numAbove], outputs[s.numAbove:], zeros(s.model.pixelCache(s.batch))
	return nil
}

// Close frees the programs and what they keep.
func (s *Stepper) Close() {
	free(s.above)
	free(s.rowCache)
	free(s.pixelCache)
	s.above, s.rowCache, s.pixelCache = nil, nil, nil
	s.rows.Finalize()
	s.pixels.Finalize()
}

func (s *Stepper) classed(inputs ...any) []any {
	if s.classes != nil {
		inputs = append(inputs, s.classes)
	}
	return inputs
}

// splitClasses takes the classes, if there are any, off the end of a program's inputs.
func (s *Stepper) splitClasses(inputs []*Node) (rest []*Node, y *Node) {
	if s.classes == nil {
		return inputs, nil
	}
	return inputs[:len(inputs)-1], inputs[len(inputs)-1]
}
