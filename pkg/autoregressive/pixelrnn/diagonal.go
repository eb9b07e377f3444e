package pixelrnn

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/nn"
)

// The Diagonal BiLSTM goes through the image diagonal by diagonal, from the upper left corner to the lower right, all pixels of a diagonal at once. A pixel's state
// comes from those of its left and upper neighbours. A second LSTM comes from the upper right corner. What it knows is handed down one row before the two are added,
// since its own row holds pixels to the right, which are still to come. Together they see every pixel before.
//
// All but one, as published: features know only of pixels before their own, so no feature of the row above knows of its last pixel. Handed down a row, the second
// LSTM may know the pixels themselves: in the first layer it is told them.

// neighbours are what K_ss sees in the column before of the skewed map: the pixel above, then the one to the left.
var neighbours = nn.Taps{{Row: -1}, {}}

// shut stands outside of the image in the skewed map. Gates so low are zero exactly, and so are the states there and every gradient.
const shut = -1e4

// skew moves row r to the right by r, so that diagonals become columns: X'[r, c+r] = X[r, c], [B,H,W,C] → [B,H,H+W−1,C], with fill outside.
//
// Rows are made longer by H and laid end to end; cut into rows shorter by one, each begins a place earlier than the one before.
func skew(x *Node, fill float32) *Node {
	d := x.Shape().Dimensions
	b, h, w, c := d[0], d[1], d[2], d[3]
	margin := BroadcastToDims(Const(x.Graph(), fill), b, h, h, c)
	line := Reshape(Concatenate([]*Node{x, margin}, 2), b, h*(w+h), c)
	return Reshape(SliceAxis(line, 1, AxisRange(0, h*(w+h-1))), b, h, w+h-1, c)
}

// unskew undoes skew: [B,H,H+W−1,C] → [B,H,W,C].
func unskew(x *Node) *Node {
	d := x.Shape().Dimensions
	b, h, c := d[0], d[1], d[3]
	w := d[2] - h + 1
	end := BroadcastToDims(Const(x.Graph(), float32(0)), b, h, c)
	line := Concatenate([]*Node{Reshape(x, b, h*(w+h-1), c), end}, 1)
	return SliceAxis(Reshape(line, b, h, w+h, c), 2, AxisRange(0, w))
}

// diagonalState is K_ss: [2h,4h].
func (c Config) diagonalState(scope *model.Scope, g *Graph) *Node {
	return nn.Weight(scope.In("state"), g, "w", 2*c.Channels, 2*c.Channels, 4*c.Channels)
}

// diagonals is the layer on whole images: in [B,H,W,2h] → [B,H,W,h]. own [B,H,W,C], the image, is nil but in the first layer.
func (c Config) diagonals(scope *model.Scope, in, told, own *Node) *Node {
	fromLeft := c.fromLeft(scope.In("from_left"), in, told)
	told = beside(told, own)
	if told != nil {
		told = nn.Mirror(told, 2)
	}
	fromRight := nn.Mirror(c.fromLeft(scope.In("from_right"), nn.Mirror(in, 2), told), 2)
	return Add(fromLeft, nn.Taps{{Row: -1}}.Window(fromRight))
}

// beside is both, or the one that is there.
func beside(told, own *Node) *Node {
	switch {
	case own == nil:
		return told
	case told == nil:
		return own
	}
	return Concatenate([]*Node{told, own}, -1)
}

// fromLeft is one of its two LSTMs: in [B,H,W,2h] → [B,H,W,h].
func (c Config) fromLeft(scope *model.Scope, in, told *Node) *Node {
	z := skew(c.into(scope, in, told), shut)
	z = TransposeAllAxes(InsertAxes(z, 3), 2, 0, 1, 3, 4) // [H+W−1,B,H,1,4h]
	h := neighbours.LSTM(z, c.diagonalState(scope, in.Graph()))
	return unskew(Squeeze(TransposeAllAxes(h, 1, 2, 0, 3, 4), 3))
}

// nextDiagonalRow is one row of the layer, along which the LSTMs still have to go pixel by pixel: in [B,W,2h] and what the row above left, for each of the two what
// K_ss tells [B,W,4h], and the second one's h [B,W,h]. It returns the sum [B,W,h], and the same for the row below.
func (c Config) nextDiagonalRow(scope *model.Scope, in, told, own *Node, above []*Node) (h *Node, next []*Node) {
	along := func(scope *model.Scope, told, above *Node, mirrored bool) (h, below *Node) {
		state := c.diagonalState(scope, in.Graph())
		z := Add(c.into(scope, in, told), above)
		if mirrored {
			z = Reverse(z, 1)
		}
		z = TransposeAllAxes(InsertAxes(z, 2, 2), 1, 0, 2, 3, 4) // [W,B,1,1,4h]
		h = nn.Taps{{}}.LSTM(z, SliceAxis(state, 0, AxisRange(c.Channels)))
		h = Squeeze(TransposeAllAxes(h, 1, 0, 2, 3, 4), 2, 3)
		if mirrored {
			h = Reverse(h, 1)
		}
		return h, Einsum("bwi,io->bwo", h, SliceAxis(state, 0, AxisRange(0, c.Channels)))
	}
	fromLeft, toLeft := along(scope.In("from_left"), told, above[0], false)
	fromRight, toRight := along(scope.In("from_right"), beside(told, own), above[1], true)
	return Add(fromLeft, above[2]), []*Node{toLeft, toRight, fromRight}
}

// nextOnDiagonal is one pixel of it: in [B,2h], what the row above left here, and h and c of the pixel to the left, [B,h] each.
func (c Config) nextOnDiagonal(scope *model.Scope, in, told *Node, above func(int) *Node, cache []*Node) (h *Node, next []*Node) {
	fromLeft := scope.In("from_left")
	state := SliceAxis(c.diagonalState(fromLeft, in.Graph()), 0, AxisRange(c.Channels))
	z := Add(Add(c.into(fromLeft, in, told), above(0)), MatMul(cache[0], state))
	own, memory := nn.LSTMCell(z, cache[1])
	return Add(own, above(2)), []*Node{own, memory}
}
