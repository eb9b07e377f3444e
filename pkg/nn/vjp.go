package nn

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// withVJP is y, with a gradient towards x that vjp computes: y [...] and x [...] of any shapes, vjp maps dL/dy to dL/dx.
// y must have been computed from StopGradient(x) as far as x is concerned.
//
// GoMLX lets a gradient be replaced only where input and output have the same shape. So x and a block of zeros shaped like y go through such an
// identity side by side: the zeros are added to y and carry dL/dy in, the x half carries dL/dx out. XLA removes the copies.
func withVJP(y, x *Node, vjp func(v *Node) *Node) *Node {
	g := x.Graph()
	n, m := x.Shape().Size(), y.Shape().Size()
	zeros := Zeros(g, shapes.Make(y.DType(), m))
	pair := Concatenate([]*Node{Reshape(x, n), zeros}, 0)
	pair = IdentityWithCustomGradient(pair, func(_, v *Node) *Node {
		dy := Reshape(Slice(v, AxisRange(n, n+m)), y.Shape().Dimensions...)
		return Concatenate([]*Node{Reshape(vjp(dy), n), zeros}, 0)
	})
	return Add(y, Reshape(Slice(pair, AxisRange(n, n+m)), y.Shape().Dimensions...))
}
