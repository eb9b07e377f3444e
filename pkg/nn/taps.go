package nn

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Tap is a neighbour that a convolution looks at: so many rows down and columns to the right of the pixel itself.
type Tap struct{ Row, Col int }

// Taps lists the neighbours that a convolution may look at. A masked convolution is the list of what its mask lets through.
type Taps []Tap

// Box lists the offsets of a rectangle in raster order, both ends included.
func Box(rowFrom, rowTo, colFrom, colTo int) Taps {
	var taps Taps
	for row := rowFrom; row <= rowTo; row++ {
		for col := colFrom; col <= colTo; col++ {
			taps = append(taps, Tap{row, col})
		}
	}
	return taps
}

// MaskA lists what a width-k filter may see of the raster before its centre.
func MaskA(k int) Taps {
	reach := k / 2
	return append(Box(-reach, -1, -reach, reach), Box(0, 0, -reach, -1)...)
}

// MaskB is [MaskA] and the centre.
func MaskB(k int) Taps { return append(MaskA(k), Tap{}) }

// Window gathers the neighbours of every pixel: [B,H,W,C] → [B,H,W,T·C], taps in their order. Neighbours beyond the edge are zero.
func (taps Taps) Window(x *Node) *Node {
	shifted := make([]*Node, len(taps))
	for i, tap := range taps {
		shifted[i] = shift(shift(x, 1, tap.Row), 2, tap.Col)
	}
	return Concatenate(shifted, 3)
}

// shift moves x along an axis so that position i holds what was at i+by; zeros come in from the edge.
func shift(x *Node, axis, by int) *Node {
	if size := x.Shape().Dim(axis); by >= size || -by >= size {
		return ZerosLike(x)
	}
	return border(x, axis, -by, by)
}

// Convolve is the convolution that sees just these taps: y[r,c] = b + Σ_t x[r+t.Row, c+t.Col]·W_t, [B,H,W,C] → [B,H,W,out].
//
// XLA gets a full rectangle of taps as a native convolution. Anything else is one product with the gathered neighbours, which on the
// pure-Go backend is ten times faster. The weights [T·C, out] are the same for both.
func (taps Taps) Convolve(scope *model.Scope, x *Node, out int) *Node {
	if !taps.isBox() || x.Graph().Backend().Name() != "xla" {
		return Affine(scope, taps.Window(x), out)
	}
	in, first, last := x.Shape().Dim(3), taps[0], taps[len(taps)-1]
	height, width := last.Row-first.Row+1, last.Col-first.Col+1
	w := Weight(scope, x.Graph(), "w", len(taps)*in, len(taps)*in, out)
	b := Weight(scope, x.Graph(), "b", 0, out)
	kernel := Reshape(w, height, width, in, out)
	x = border(border(x, 1, -first.Row, last.Row), 2, -first.Col, last.Col)
	return Add(convolve(x, kernel), ExpandLeftToRank(b, 4))
}

// convolve is the native convolution without padding. GoMLX v0.28 gives filters of even size a gradient towards x that is off by one
// position, so that gradient, dx = pad(dy) * reversed kernel, is written out here.
func convolve(x, kernel *Node) *Node {
	height, width := kernel.Shape().Dim(0), kernel.Shape().Dim(1)
	y := Convolve(StopGradient(x), kernel).NoPadding().Done()
	reversed := StopGradient(Transpose(Reverse(kernel, 0, 1), 2, 3))
	return withVJP(y, x, func(dy *Node) *Node {
		dy = border(border(dy, 1, height-1, height-1), 2, width-1, width-1)
		return Convolve(dy, reversed).NoPadding().Done()
	})
}

func (taps Taps) isBox() bool {
	first, last := taps[0], taps[len(taps)-1]
	return slices.Equal(taps, Box(first.Row, last.Row, first.Col, last.Col))
}

// border lays so many zeros before and after x along an axis; a negative number takes that many positions away instead.
func border(x *Node, axis, before, after int) *Node {
	size := x.Shape().Dim(axis)
	x = SliceAxis(x, axis, AxisRange(max(0, -before), size-max(0, -after)))
	var parts []*Node
	zeros := func(n int) {
		if n > 0 {
			edge := x.Shape().Clone()
			edge.Dimensions[axis] = n
			parts = append(parts, Zeros(x.Graph(), edge))
		}
	}
	zeros(before)
	parts = append(parts, x)
	zeros(after)
	return Concatenate(parts, axis)
}

// SpaceToDepth folds every 2×2 block of pixels into channels: [B,H,W,C] → [B,H/2,W/2,4C]. H and W must be even.
func SpaceToDepth(x *Node) *Node {
	b, h, w, c := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	x = Reshape(x, b, h/2, 2, w/2, 2, c)
	return Reshape(TransposeAllAxes(x, 0, 1, 3, 2, 4, 5), b, h/2, w/2, 4*c)
}

// DepthToSpace undoes [SpaceToDepth]: [B,H,W,4C] → [B,2H,2W,C].
func DepthToSpace(x *Node) *Node {
	b, h, w, c := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)/4
	x = Reshape(x, b, h, w, 2, 2, c)
	return Reshape(TransposeAllAxes(x, 0, 1, 3, 2, 4, 5), b, 2*h, 2*w, c)
}
