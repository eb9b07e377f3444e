package pixelcnn

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// Told is what a conditional model is told of each image; nothing where it is not.
type Told struct {
	Classes []int32   // [N]
	Map     []float32 // [N,H,W,F] what is where: see [Near]
}

// Stepper gives the distribution of one value after another, p(x_t | x_<t), of a batch of images that come into being meanwhile: for drawing them, and for coding. Values
// come in raster order, and those of a pixel in the order of its colours.
// Equal values give equal logits, to the last bit, as long as the batch's size, the engine and the machine are the same.
type Stepper struct {
	height, width, colours, batch int

	model        incremental
	rows, pixels *model.Exec
	numAbove     int // how much a row tells each pixel of the next

	told                        []*tensors.Tensor // classes [B] and map [B,H·W,F], those that the model wants
	next                        int               // the value whose logits come next
	row                         []float32         // [B,W,C] the row that is being drawn
	above, rowCache, pixelCache []*tensors.Tensor
}

// NewStepper compiles the programs of a binary model for that many images side by side, with a class for each if the model wants them.
func NewStepper(backend compute.Backend, store *model.Store, net Net, height, width, images int, classes []int32) (*Stepper, error) {
	m, ok := withSize(net, height, width).(incremental)
	if !ok {
		return nil, fmt.Errorf("pixelcnn: stepping: %T cannot be run pixel by pixel: ask for Naive", net)
	}
	return newStepper(backend, store, m, height, width, images, Told{Classes: classes})
}

func newStepper(backend compute.Backend, store *model.Store, m incremental, height, width, images int, told Told) (*Stepper, error) {
	s := &Stepper{height: height, width: width, colours: m.colours(), batch: images, model: m}
	if err := told.check(m, images, height, width); err != nil {
		return nil, fmt.Errorf("pixelcnn: stepping: %w", err)
	}
	s.begin(told)
	var err error
	s.rows, err = model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
		inputs, y, maps := splitTold(m, inputs)
		in := line{x: inputs[0], where: inputs[2], inside: inputs[3], y: y}
		if maps != nil {
			in.s = Reshape(pick(maps, inputs[1], height), images, 1, width, -1)
		}
		above, next := m.row(scope, in, inputs[4:])
		s.numAbove = len(above)
		return append(above, next...)
	})
	if err != nil {
		return nil, err
	}
	s.pixels, err = model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
		inputs, y, maps := splitTold(m, inputs)
		row, col := inputs[1], inputs[2]
		in := spot{left: inputs[0], col: col, where: inputs[3], y: y}
		inputs = inputs[4:]
		if s.colours > 1 {
			in.known, in.colour = inputs[0], inputs[1]
			inputs = inputs[2:]
		}
		if maps != nil {
			in.s = pick(Reshape(pick(maps, row, height), images, width, -1), col, width)
		}
		above := make([]*Node, s.numAbove)
		for i := range above {
			above[i] = pick(inputs[i], col, width)
		}
		logits, next := m.pixel(scope, in, above, inputs[s.numAbove:])
		return append([]*Node{logits}, next...)
	})
	if err != nil {
		s.rows.Finalize()
		return nil, err
	}
	return s, nil
}

// pick is x [B,n,*] at index [] of its axis 1: [B,*]. A product with a one-hot vector picks on every engine.
func pick(x, index *Node, n int) *Node {
	return Einsum("bwc,w->bc", x, OneHot(index, n, x.DType()))
}

// check says whether this is what a model wants to be told of that many images.
func (t Told) check(m incremental, images, height, width int) error {
	classes, maps := m.wants()
	switch {
	case images < 1:
		return fmt.Errorf("%d images: ask for one at least", images)
	case classes == 0 && t.Classes != nil:
		return fmt.Errorf("%d classes for a model without: give none, or use a model with Classes", len(t.Classes))
	case classes > 0 && len(t.Classes) != images:
		return fmt.Errorf("%d classes for %d images: give one each", len(t.Classes), images)
	case maps == 0 && t.Map != nil:
		return fmt.Errorf("a map for a model without: give none, or use a model with Map")
	case len(t.Map) != images*height*width*maps:
		return fmt.Errorf("a map of %d numbers for %d images of %d×%d: give %d for each pixel", len(t.Map), images, height, width, maps)
	}
	for i, class := range t.Classes {
		if class < 0 || int(class) >= classes {
			return fmt.Errorf("class %d for image %d: the model knows 0 to %d", class, i, classes-1)
		}
	}
	return nil
}

// of is what is told of so many images from one on.
func (t Told) of(m incremental, from, images, height, width int) Told {
	classes, maps := m.wants()
	if classes > 0 {
		t.Classes = t.Classes[from : from+images]
	}
	if maps > 0 {
		area := height * width * maps
		t.Map = t.Map[from*area : (from+images)*area]
	}
	return t
}

// inputs are what a program that looks at whole images is told, after its other inputs: classes [B] and map [B,H,W,F].
func (t Told) inputs(m incremental, height, width int) (list []any) {
	classes, maps := m.wants()
	if classes > 0 {
		list = append(list, t.Classes)
	}
	if maps > 0 {
		list = append(list, tensors.FromFlatDataAndDimensions(t.Map, len(t.Map)/(height*width*maps), height, width, maps))
	}
	return list
}

// splitTold takes what is told off the end of a program's inputs.
func splitTold(m incremental, inputs []*Node) (rest []*Node, y, maps *Node) {
	classes, channels := m.wants()
	if channels > 0 {
		inputs, maps = inputs[:len(inputs)-1], inputs[len(inputs)-1]
	}
	if classes > 0 {
		inputs, y = inputs[:len(inputs)-1], inputs[len(inputs)-1]
	}
	return inputs, y, maps
}

// Reset begins another batch of as many images, of which this is told.
func (s *Stepper) Reset(told Told) error {
	if err := told.check(s.model, s.batch, s.height, s.width); err != nil {
		return fmt.Errorf("pixelcnn: stepping: %w", err)
	}
	s.free()
	s.begin(told)
	return nil
}

func (s *Stepper) begin(told Told) {
	if told.Classes != nil {
		s.told = append(s.told, tensors.FromFlatDataAndDimensions(told.Classes, s.batch))
	}
	if told.Map != nil {
		s.told = append(s.told, tensors.FromFlatDataAndDimensions(told.Map, s.batch, s.height, len(told.Map)/s.batch/s.height))
	}
	s.next, s.row = 0, make([]float32, s.batch*s.width*s.colours)
	s.rowCache, s.pixelCache = zeros(s.model.rowCache(s.batch)), zeros(s.model.pixelCache(s.batch))
}

// Next takes the value just drawn of each image, in [0,1], or nothing at first, and gives the logits of the next one: [B], of a one, for binary models; [B,K] row by row,
// of which the softmax is p, for others.
func (s *Stepper) Next(drawn []float32) (logits []float32, err error) {
	pixel, colour := s.next/s.colours, s.next%s.colours
	row, col := pixel/s.width, pixel%s.width
	switch {
	case row == s.height:
		return nil, fmt.Errorf("pixelcnn: stepping: all %d values are drawn: Reset for other images", s.next)
	case s.next > 0 && len(drawn) != s.batch || s.next == 0 && len(drawn) != 0:
		return nil, fmt.Errorf("pixelcnn: stepping: %d values for %d images at value %d: give the one just drawn of each, and none at first", len(drawn), s.batch, s.next)
	}
	size := s.width * s.colours
	for b, v := range drawn {
		s.row[b*size+(s.next-1)%size] = v
	}
	if col == 0 && colour == 0 {
		if err := s.nextRow(row); err != nil {
			return nil, err
		}
		clear(s.row)
	}
	values := func(col int) *tensors.Tensor { // of the pixels of this column, zeros before the first
		list := make([]float32, s.batch*s.colours)
		for b := range s.batch {
			if col >= 0 {
				copy(list[b*s.colours:(b+1)*s.colours], s.row[b*size+col*s.colours:])
			}
		}
		return tensors.FromFlatDataAndDimensions(list, s.batch, s.colours)
	}
	where := tensors.FromFlatDataAndDimensions([]float32{nn.Coordinate(row, s.height), nn.Coordinate(col, s.width)}, 1, 2)
	used := []*tensors.Tensor{values(col - 1), where}
	inputs := []any{used[0], int32(row), int32(col), where}
	if s.colours > 1 {
		used = append(used, values(col))
		inputs = append(inputs, used[2], int32(colour))
	}
	outputs, err := s.pixels.Call(anys(inputs, s.above, s.pixelCache, s.told)...)
	free(used)
	if err != nil {
		return nil, err
	}
	if colour == s.colours-1 { // until then, features of the pixel itself lack what is not yet drawn
		free(s.pixelCache)
		s.pixelCache = outputs[1:]
	} else {
		free(outputs[1:])
	}
	logits, err = tensors.CopyFlatData[float32](outputs[0])
	free(outputs[:1])
	s.next++
	return logits, err
}

// nextRow runs the row program on the finished row.
func (s *Stepper) nextRow(row int) error {
	x := tensors.FromFlatDataAndDimensions(s.row, s.batch, 1, s.width, s.colours)
	where := make([]float32, 0, 4*s.width) // of the row above and of this one
	for _, row := range []int{row - 1, row} {
		for col := range s.width {
			where = append(where, nn.Coordinate(row, s.height), nn.Coordinate(col, s.width))
		}
	}
	places := tensors.FromFlatDataAndDimensions(where, 1, 2, s.width, 2)
	outputs, err := s.rows.Call(anys([]any{x, int32(row), places, float32(min(row, 1))}, s.rowCache, s.told)...)
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
	s.free()
	s.rows.Finalize()
	s.pixels.Finalize()
}

func (s *Stepper) free() {
	for _, list := range []*[]*tensors.Tensor{&s.told, &s.above, &s.rowCache, &s.pixelCache} {
		free(*list)
		*list = nil
	}
}

// anys lists the inputs of a call.
func anys(inputs []any, lists ...[]*tensors.Tensor) []any {
	for _, list := range lists {
		for _, t := range list {
			inputs = append(inputs, t)
		}
	}
	return inputs
}
