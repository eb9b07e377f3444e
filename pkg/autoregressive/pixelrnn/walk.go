package pixelrnn

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// walk goes through images of one net, a symbol at a time: a colour of a pixel of each image. Its symbols stand in x, written by whoever decides them.
type walk struct {
	Config
	images int
	x      []float32 // [B,H,W,C]; what comes after t is not looked at
	told   []float32 // [B,H,W,S], or nil
	t      int       // the symbol whose logits come next, in the order of memory

	rows, pixels, full *model.Exec       // full, in place of the other two, for a naive walk
	above              []*tensors.Tensor // what the row above left, layer by layer
	cache, after       []*tensors.Tensor // of the pixels to the left, before and after this one
}

// newWalk prepares the programs. scope leads from the store's root to the net's weights.
func newWalk(backend compute.Backend, store *model.Store, c Config, in func(*model.Scope) *model.Scope, naive bool) (*walk, error) {
	w := &walk{Config: c.withDefaults()}
	var err error
	if naive {
		w.full, err = model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) *Node {
			inputs, told := w.splitTold(inputs)
			return w.Logits(in(scope), inputs[0], told)
		})
		return w, err
	}
	w.rows, err = model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
		inputs, told := w.splitTold(inputs)
		return w.rowProgram(in(scope), inputs[0], inputs[1], told, inputs[2:])
	})
	if err == nil {
		w.pixels, err = model.NewExec(backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
			inputs, told := w.splitTold(inputs)
			if told != nil {
				told = Squeeze(told, 1)
			}
			return w.pixelProgram(in(scope), Squeeze(inputs[0], 1), Squeeze(inputs[1], 1), inputs[2], told, inputs[3:])
		})
	}
	if err != nil {
		w.close()
	}
	return w, err
}

// splitTold takes the map that the net is told, if it is, off the end of a program's inputs.
func (w *walk) splitTold(inputs []*Node) (rest []*Node, told *Node) {
	if w.Told == 0 {
		return inputs, nil
	}
	return inputs[:len(inputs)-1], inputs[len(inputs)-1]
}

// start begins with that many new images.
func (w *walk) start(images int, told []float32) {
	w.free()
	w.images, w.t, w.told = images, 0, told
	w.x = make([]float32, images*w.Height*w.Width*w.Colours)
	if w.full != nil {
		return
	}
	for range w.Layers {
		w.above = append(w.above, zeros(w.handedDown(images))...)
	}
}

// next gives the logits of symbol t, [B,1] for two levels and [B,K] for more, and goes on to the next.
func (w *walk) next() (logits []float32, err error) {
	pixel, colour := w.t/w.Colours, w.t%w.Colours
	row, col := pixel/w.Width, pixel%w.Width
	w.t++
	if w.full != nil {
		return w.nextNaively(pixel, colour)
	}
	if col == 0 && colour == 0 {
		if row > 0 {
			if err := w.endRow(row - 1); err != nil {
				return nil, err
			}
		}
		free(w.cache)
		w.cache = nil
		for range w.Layers {
			w.cache = append(w.cache, zeros(w.handedOn(w.images))...)
		}
	} else if colour == 0 {
		free(w.cache)
		w.cache = w.after // of the last colour, which saw all the others
		w.after = nil
	}
	seen := w.seen(row, col, 1)
	inputs := append(append(anys(seen[:2]), int32(col)), anys(append(append(w.above, w.cache...), seen[2:]...))...)
	outputs, err := w.pixels.Call(inputs...)
	if err != nil {
		return nil, err
	}
	free(append(w.after, seen...))
	w.after = outputs[1:]
	all, err := tensors.CopyFlatData[float32](outputs[0])
	free(outputs[:1])
	return w.ofColour(all, 0, 1, colour), err
}

// endRow runs the row program over a row that is finished.
func (w *walk) endRow(row int) error {
	seen := w.seen(row, 0, w.Width)
	outputs, err := w.rows.Call(anys(append(append(append([]*tensors.Tensor{}, seen[:2]...), w.above...), seen[2:]...))...)
	if err != nil {
		return err
	}
	free(append(w.above, seen...))
	w.above = outputs
	return nil
}

// nextNaively is a full pass over all pixels.
func (w *walk) nextNaively(pixel, colour int) ([]float32, error) {
	inputs := []any{tensors.FromFlatDataAndDimensions(w.x, w.images, w.Height, w.Width, w.Colours)}
	if w.Told > 0 {
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(w.told, w.images, w.Height, w.Width, w.Told))
	}
	outputs, err := w.full.Call(inputs...)
	if err != nil {
		return nil, err
	}
	defer free(outputs)
	all, err := tensors.CopyFlatData[float32](outputs[0])
	return w.ofColour(all, pixel, w.Height*w.Width, colour), err
}

// ofColour picks the logits of one colour of one of so many pixels.
func (w *walk) ofColour(all []float32, pixel, pixels, colour int) []float32 {
	each := len(all) / (w.images * pixels * w.Colours)
	picked := make([]float32, 0, w.images*each)
	for b := range w.images {
		from := ((b*pixels+pixel)*w.Colours + colour) * each
		picked = append(picked, all[from:from+each]...)
	}
	return picked
}

// seen is what a program is given of n pixels of a row: their windows, [B,n,T·C], where they stand, [1,n,2], and what the net is told, [B,n,S], if it is.
func (w *walk) seen(row, col, n int) []*tensors.Tensor {
	taps := w.window()
	var window, where, told []float32
	for b := range w.images {
		for at := col; at < col+n; at++ {
			for _, tap := range taps {
				r, k := row+tap.Row, at+tap.Col
				if r < 0 || k < 0 || k >= w.Width {
					window = append(window, make([]float32, w.Colours)...)
					continue
				}
				from := ((b*w.Height+r)*w.Width + k) * w.Colours
				for _, v := range w.x[from : from+w.Colours] {
					if w.Levels > 2 { // as Config.centred
						v = 2*v - 1
					}
					window = append(window, v)
				}
			}
		}
		if w.Told > 0 {
			from := ((b*w.Height+row)*w.Width + col) * w.Told
			told = append(told, w.told[from:from+n*w.Told]...)
		}
	}
	for at := col; at < col+n; at++ {
		where = append(where, nn.Coordinate(row, w.Height), nn.Coordinate(at, w.Width))
	}
	list := []*tensors.Tensor{
		tensors.FromFlatDataAndDimensions(window, w.images, n, len(taps)*w.Colours),
		tensors.FromFlatDataAndDimensions(where, 1, n, 2),
	}
	if w.Told > 0 {
		list = append(list, tensors.FromFlatDataAndDimensions(told, w.images, n, w.Told))
	}
	return list
}

func (w *walk) close() {
	w.free()
	for _, exec := range []*model.Exec{w.rows, w.pixels, w.full} {
		if exec != nil {
			exec.Finalize()
		}
	}
}

func (w *walk) free() {
	free(w.above)
	free(w.cache)
	free(w.after)
	w.above, w.cache, w.after = nil, nil, nil
}

func zeros(list []shapes.Shape) []*tensors.Tensor {
	out := make([]*tensors.Tensor, len(list))
	for i, shape := range list {
		out[i] = tensors.FromShape(shape)
	}
	return out
}

func anys(list []*tensors.Tensor) []any {
	out := make([]any, len(list))
	for i, t := range list {
		out[i] = t
	}
	return out
}

func free(list []*tensors.Tensor) {
	for _, t := range list {
		t.FinalizeAll()
	}
}
