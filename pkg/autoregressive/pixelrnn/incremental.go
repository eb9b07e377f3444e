package pixelrnn

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// To know p(x_i | x_<i) for one pixel after another, the full pass computes all pixels' features to use one. Here two small programs keep what does not change. One
// runs once a row, over the row just finished, and leaves what its LSTMs hand down to the pixels below. The other runs at each pixel, once a colour.

// handedDown is the shapes of what a layer hands down to the next row, and handedOn of what it hands on to the next pixel.
func (c Config) handedDown(batch int) []shapes.Shape {
	gates, h := floats(batch, c.Width, 4*c.Channels), floats(batch, c.Width, c.Channels)
	if c.Cell == RowLSTM {
		return []shapes.Shape{gates, h}
	}
	return []shapes.Shape{gates, gates, h}
}

func (c Config) handedOn(batch int) []shapes.Shape {
	if c.Cell == RowLSTM {
		return []shapes.Shape{floats(batch, c.Kernel/2, 2*c.Channels)}
	}
	return []shapes.Shape{floats(batch, c.Channels), floats(batch, c.Channels)}
}

// rowProgram runs all layers over a finished row: window [B,W,T·C], where [1,W,2], told [B,W,S] or nil, and above of the row above it → above for the row below.
func (c Config) rowProgram(scope *model.Scope, window, where, told *Node, above []*Node) (next []*Node) {
	h := c.first(scope, window, where)
	own, each := c.own(window), len(above)/c.Layers
	for i := range c.Layers {
		layer := scope.In("layer_%d", i)
		var seen *Node
		var down []*Node
		if c.Cell == RowLSTM {
			seen, down = c.nextRow(layer, h, told, above[i*each:(i+1)*each])
		} else {
			seen, down = c.nextDiagonalRow(layer, h, told, own, above[i*each:(i+1)*each])
		}
		own = nil
		next = append(next, down...)
		if i < c.Layers-1 {
			h = c.residual(layer, h, seen)
		}
	}
	return next
}

// pixelProgram runs all layers at one pixel: window [B,T·C], where [1,2], col its column, told [B,S] or nil, and state, which is above and then cache →
// logits [B,C] or [B,C·K], and the next cache.
func (c Config) pixelProgram(scope *model.Scope, window, where, col, told *Node, state []*Node) []*Node {
	down, on := len(c.handedDown(1)), len(c.handedOn(1))
	above, cache := state[:down*c.Layers], state[down*c.Layers:]
	h := c.first(scope, window, where)
	next := []*Node{nil}
	for i := range c.Layers {
		layer := scope.In("layer_%d", i)
		here := func(k int) *Node { return column(above[i*down+k], col) }
		var seen *Node
		var kept []*Node
		if c.Cell == RowLSTM {
			seen, kept = c.nextInRow(layer, h, told, here, cache[i*on:(i+1)*on])
		} else {
			seen, kept = c.nextOnDiagonal(layer, h, told, here, cache[i*on:(i+1)*on])
		}
		next = append(next, kept...)
		h = c.residual(layer, h, seen)
	}
	next[0] = c.head(scope, h)
	return next
}

// column picks a column: x [B,W,C], col a scalar int32 → [B,C].
func column(x, col *Node) *Node {
	d := x.Shape().Dimensions
	if x.Graph().Backend().Name() != "xla" { // which alone can slice at a computed place
		return Einsum("bwc,w->bc", x, OneHot(col, d[1], x.DType()))
	}
	zero := Const(x.Graph(), int32(0))
	return Squeeze(DynamicSlice(x, []*Node{zero, col, zero}, []int{d[0], 1, d[2]}), 1)
}

func floats(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
