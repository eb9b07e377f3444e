package nn

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// LSTM is an LSTM whose state is a map of features, and whose state-to-state product looks at the neighbours that taps list (Shi et al. 2015,
// https://arxiv.org/abs/1506.04214, without peepholes; van den Oord et al. 2016, https://arxiv.org/abs/1601.06759):
//
//	z_t = x_t + Σ_taps h_{t−1}[r+tap.Row, c+tap.Col]·W_tap
//	(o, f, i) = σ(z_t^ofi),  g = tanh(z_t^g),  c_t = f ⊙ c_{t−1} + i ⊙ g,  h_t = o ⊙ tanh(c_t)
//
// x [T,B,H,W,4F] is what the inputs give, bias included, in the order o, f, i, g; w [taps·F,4F]. The state starts at zero, and is zero beyond the edge of the map.
// It returns h [T,B,H,W,F].
//
// The gradient is written out, as a second loop from the last step to the first, so that compiling takes the same time for any T.
func (taps Taps) LSTM(x, w *Node) *Node {
	features := w.Shape().Dim(-1) / 4
	if len(taps) == 0 || x.Rank() != 5 || x.Shape().Dim(4) != 4*features {
		panic(fmt.Errorf("nn: LSTM of %d features and %d taps on an input of shape %v: it must be [T,B,H,W,4F], and one tap at least", features, len(taps), x.Shape().Dimensions))
	}
	w.AssertDims(len(taps)*features, 4*features)
	n, m := x.Shape().Size(), w.Shape().Size()
	both := Concatenate([]*Node{Reshape(x, n), Reshape(w, m)}, 0) // one node, as withVJP wants; XLA removes it
	kept := taps.forward(StopGradient(x), StopGradient(w))
	return withVJP(kept.h, both, func(dh *Node) *Node {
		dx, dw := taps.backward(kept, StopGradient(w), dh)
		return Concatenate([]*Node{Reshape(dx, n), Reshape(dw, m)}, 0)
	})
}

// LSTMCell is what a step of [Taps.LSTM] does with z_t: z [..., 4F], c [..., F] → h and the next c.
func LSTMCell(z, c *Node) (h, next *Node) {
	return gatesOf(z).step(c)
}

// gates are the four of a step, each [..., F].
type gates struct{ o, f, i, g *Node }

func gatesOf(z *Node) gates {
	features := z.Shape().Dim(-1) / 4
	last := func(from, to int) *Node { return SliceAxis(z, -1, AxisRange(from*features, to*features)) }
	return gates{Sigmoid(last(0, 1)), Sigmoid(last(1, 2)), Sigmoid(last(2, 3)), Tanh(last(3, 4))}
}

func (a gates) step(c *Node) (h, next *Node) {
	next = Add(Mul(a.f, c), Mul(a.i, a.g))
	return Mul(a.o, Tanh(next)), next
}

// trace is what the forward pass keeps of every step, each [T,B,H,W,F].
type trace struct {
	h, c *Node
	gates
}

// forward is the loop over t.
func (taps Taps) forward(x, w *Node) trace {
	state := stateOf(x)
	each := shapes.Make(x.DType(), state...)
	_, out := scan(false, []*Node{constant(x.Graph(), 0, state...), constant(x.Graph(), 0, state...)}, []*Node{x}, []*Node{w}, []shapes.Shape{each, each, each, each, each, each},
		func(s, in, fixed []*Node) (next, out []*Node) {
			h, c := s[0], s[1]
			z := Add(in[0], product(taps.gather(h), fixed[0]))
			a := gatesOf(z)
			h, c = a.step(c)
			return []*Node{h, c}, []*Node{h, c, a.o, a.f, a.i, a.g}
		})
	return trace{out[0], out[1], gates{out[2], out[3], out[4], out[5]}}
}

// backward takes dL/dh [T,B,H,W,F] back to dL/dx and dL/dw.
func (taps Taps) backward(kept trace, w, dh *Node) (dx, dw *Node) {
	g, dims := dh.Graph(), dh.Shape().Dimensions
	state, steps, features := dims[1:], dims[0], dims[4]
	before := func(x *Node) *Node { // the value of the step before
		return Concatenate([]*Node{constant(g, 0, append([]int{1}, state...)...), SliceAxis(x, 0, AxisRange(0, steps-1))}, 0)
	}
	zero := constant(g, 0, state...)
	in := []*Node{dh, kept.c, before(kept.c), kept.o, kept.f, kept.i, kept.g}
	z := shapes.Make(dh.DType(), append(append([]int{}, state[:3]...), 4*features)...)
	_, out := scan(true, []*Node{zero, zero}, in, []*Node{Transpose(w, 0, 1)}, []shapes.Shape{z},
		func(s, in, fixed []*Node) (next, out []*Node) {
			cPrev, a := in[2], gates{in[3], in[4], in[5], in[6]}
			one := constant(in[0].Graph(), 1, state...)
			slope := func(s *Node) *Node { return Mul(s, Sub(one, s)) } // of σ
			tc := Tanh(in[1])
			dh := Add(s[0], in[0])
			dc := Add(s[1], Mul(Mul(dh, a.o), Sub(one, Mul(tc, tc))))
			dz := Concatenate([]*Node{
				Mul(Mul(dh, tc), slope(a.o)), Mul(Mul(dc, cPrev), slope(a.f)), Mul(Mul(dc, a.g), slope(a.i)), Mul(Mul(dc, a.i), Sub(one, Mul(a.g, a.g))),
			}, 3)
			return []*Node{taps.scatter(product(dz, fixed[0])), Mul(dc, a.f)}, []*Node{dz}
		})
	// The weights' gradient is one product over all steps.
	seen := Reshape(before(kept.h), append([]int{steps * state[0]}, state[1:]...)...)
	window := Reshape(taps.Window(seen), -1, len(taps)*features)
	dw = Einsum("nk,no->ko", window, Reshape(out[0], -1, 4*features))
	return out[0], dw
}

// stateOf is the shape of the state for inputs x [T,B,H,W,4F]: B,H,W,F.
func stateOf(x *Node) []int {
	d := x.Shape().Dimensions
	return []int{d[1], d[2], d[3], d[4] / 4}
}

// product is x·w over the last axis, without what a loop cannot have: [B,H,W,K], [K,O] → [B,H,W,O].
func product(x, w *Node) *Node {
	d := x.Shape().Clone().Dimensions
	d[3] = w.Shape().Dim(1)
	return Reshape(MatMul(Reshape(x, -1, w.Shape().Dim(0)), w), d...)
}

// gather is [Taps.Window] for inside a loop: [B,H,W,F] → [B,H,W,taps·F].
func (taps Taps) gather(h *Node) *Node {
	parts := make([]*Node, len(taps))
	for i, tap := range taps {
		parts[i] = slide(slide(h, 1, tap.Row), 2, tap.Col)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return Concatenate(parts, 3)
}

// scatter is the transpose of gather: [B,H,W,taps·F] → [B,H,W,F].
func (taps Taps) scatter(window *Node) *Node {
	features := window.Shape().Dim(3) / len(taps)
	var sum *Node
	for i, tap := range taps {
		part := SliceAxis(window, 3, AxisRange(i*features, (i+1)*features))
		part = slide(slide(part, 1, -tap.Row), 2, -tap.Col)
		if sum == nil {
			sum = part
		} else {
			sum = Add(sum, part)
		}
	}
	return sum
}

// slide moves x along an axis so that position i holds what was at i+by; zeros come in from the edge.
func slide(x *Node, axis, by int) *Node {
	size := x.Shape().Dim(axis)
	if by == 0 {
		return x
	}
	edge := x.Shape().Clone().Dimensions
	if by >= size || -by >= size {
		return constant(x.Graph(), 0, edge...)
	}
	edge[axis] = max(by, -by)
	zeros := constant(x.Graph(), 0, edge...)
	if by > 0 {
		return Concatenate([]*Node{SliceAxis(x, axis, AxisRange(by, size)), zeros}, axis)
	}
	return Concatenate([]*Node{zeros, SliceAxis(x, axis, AxisRange(0, size+by))}, axis)
}
