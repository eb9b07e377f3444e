package nn

import . "github.com/gomlx/gomlx/core/graph"

// Mirror turns x around along an axis: position i holds what was at size−1−i. Unlike GoMLX's Reverse it has a gradient.
func Mirror(x *Node, axis int) *Node {
	return withVJP(Reverse(StopGradient(x), axis), x, func(dy *Node) *Node { return Reverse(dy, axis) })
}
