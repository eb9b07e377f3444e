package pixelrnn

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// The Row LSTM goes through the image row by row, all pixels of a row at once. K_is is a convolution along the row with mask B, and K_ss one along the row before,
// without a mask: what the state knows spreads by a pixel to each side from row to row, which is why it sees a triangle.

// left are the pixels that K_is sees, itself last.
func (c Config) left() nn.Taps { return nn.Box(0, 0, -(c.Kernel / 2), 0) }

// across are the pixels of the row before that K_ss sees.
func (c Config) across() nn.Taps { return nn.Box(0, 0, -(c.Kernel / 2), c.Kernel/2) }

// rowState is K_ss: [Kernel·h,4h].
func (c Config) rowState(scope *model.Scope, g *Graph) *Node {
	return nn.Weight(scope.In("state"), g, "w", c.Kernel*c.Channels, c.Kernel*c.Channels, 4*c.Channels)
}

// rows is the layer on whole images: in [B,H,W,2h] → [B,H,W,h].
func (c Config) rows(scope *model.Scope, in, told *Node) *Node {
	z := c.into(scope, c.left().Window(in), told)
	z = TransposeAllAxes(InsertAxes(z, 2), 1, 0, 2, 3, 4) // [H,B,1,W,4h]
	h := c.across().LSTM(z, c.rowState(scope, in.Graph()))
	return Squeeze(TransposeAllAxes(h, 1, 0, 2, 3, 4), 2)
}

// nextRow is one row of it: in [B,W,2h] and what the row above left, [B,W,4h] of K_ss * h and [B,W,h] of c; it returns h [B,W,h], and the same for the row below.
func (c Config) nextRow(scope *model.Scope, in, told *Node, above []*Node) (h *Node, next []*Node) {
	z := Add(c.into(scope, Squeeze(c.left().Window(InsertAxes(in, 1)), 1), told), above[0])
	h, state := nn.LSTMCell(z, above[1])
	window := Squeeze(c.across().Window(InsertAxes(h, 1)), 1)
	return h, []*Node{Einsum("bwi,io->bwo", window, c.rowState(scope, in.Graph())), state}
}

// nextInRow is one pixel of it: in [B,2h], what the row above left here, and the inputs of the pixels to the left, [B,Kernel/2,2h].
func (c Config) nextInRow(scope *model.Scope, in, told *Node, above func(int) *Node, cache []*Node) (h *Node, next []*Node) {
	window := Concatenate([]*Node{cache[0], InsertAxes(in, 1)}, 1)
	z := Add(c.into(scope, Reshape(window, in.Shape().Dim(0), -1), told), above(0))
	h, _ = nn.LSTMCell(z, above(1))
	return h, []*Node{SliceAxis(window, 1, AxisRange(1))}
}
