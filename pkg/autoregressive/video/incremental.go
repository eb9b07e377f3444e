package video

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// Drawing a clip needs p(x_t,i | x_<t, x_t,<i) for one pixel after another. The full pass computes all pixels of all frames to use one. Here two small programs keep
// what does not change: one runs once a frame, over the frame just finished, and steps the LSTM; the other runs at each pixel.
//
// What the pixel program keeps, for each unit of the decoder, is a band: the features of the last two rows, each row overwritten by the next but one.

// remember is the program that runs once a frame: the frame x [B,H,W,1] just finished, and the LSTM's state and cell [B,H,W,2c] → state and cell with x in them, then the
// state row by row, H times [B,W,2c].
func (c Config) remember(scope *model.Scope, x, state, cell *Node) []*Node {
	d := state.Shape().Dimensions
	w := c.stateWeights(scope.In("state"), x.Graph())
	own := MatMul(Reshape(around(1).Window(state), -1, w.Shape().Dim(0)), w)
	z := Add(c.encode(scope.In("encoder"), x), Reshape(own, d[0], d[1], d[2], 8*c.Channels))
	state, cell = nn.LSTMCell(z, cell)
	out := []*Node{state, cell}
	for row := range c.Height {
		out = append(out, Squeeze(SliceAxis(state, 1, AxisElem(row)), 1))
	}
	return out
}

// pixel is the program that runs at each pixel: seen [B,taps] are the pixels that the first unit sees, past [B,W,2c] is the LSTM's state in the pixel's row, where [1,2]
// its place; column [W] points at it in the row, write [2·W] in the bands, each [B,2·W,c], and pick [taps,2·W] at the neighbours that the later units see.
// → the logit [B,1], and the bands with the pixel in them.
func (c Config) pixel(scope *model.Scope, seen, past, where, column, write, pick *Node, bands []*Node) []*Node {
	batch := seen.Shape().Dim(0)
	write = ExpandAxes(write, 0, 2) // products with these pointers read and write on every engine
	keep := OneMinus(write)
	var next []*Node
	see := func(scope *model.Scope, h *Node, out int) *Node {
		band := Add(Mul(bands[len(next)], keep), Mul(InsertAxes(h, 1), write))
		next = append(next, band)
		return nn.Affine(scope, Reshape(Einsum("bpc,tp->btc", band, pick), batch, -1), out)
	}
	scope = scope.In("decoder")
	frame := nn.Affine(scope.In("frame"), seen, 4*c.Channels)
	logit := c.decode(scope, Einsum("bwc,w->bc", past, column), where, frame, see)
	return append([]*Node{logit}, next...)
}

// bands are the shapes of what the pixel program keeps: one for each unit but the first.
func (c Config) bands(batch int) []shapes.Shape {
	list := make([]shapes.Shape, 2*c.Layers-1)
	for i := range list {
		list[i] = shapes.Make(dtypes.Float32, batch, 2*c.Width, c.Channels)
	}
	return list
}
