package nn

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// scan runs step once for every position t of the first axis of its inputs, in[t] without that axis, from the first to the last or, backwards, from the last to the first:
//
//	state, out[t] = step(state, in[t], fixed)
//
// state, in and fixed are lists, fixed the same at every step; step gives the state back in its shapes. It returns the last state and all outputs, whose shapes without the
// first axis are outs.
//
// It has no gradient: whoever wants one writes the reverse pass as a second scan, backwards. On XLA it is one loop, compiled once for any length. Inside, step must
// not use what GoMLX keeps to use again elsewhere: no Scalar, Zeros, AddScalar, MulScalar, OneMinus; see [constant]. The pure-Go backend cannot slice at a computed
// place, so there the steps are written out.
func scan(backwards bool, state, in, fixed []*Node, outs []shapes.Shape, step func(state, in, fixed []*Node) (next, out []*Node)) (last, out []*Node) {
	if in[0].Graph().Backend().Name() != "xla" {
		return unroll(backwards, state, in, fixed, len(outs), step)
	}
	g, steps := in[0].Graph(), in[0].Shape().Dim(0)
	first, by := 0, 1
	if backwards {
		first, by = steps-1, -1
	}
	carried := append([]*Node{Const(g, int32(first))}, state...)
	carried = append(append(carried, in...), fixed...)
	for _, shape := range outs {
		carried = append(carried, constant(g, 0, append([]int{steps}, shape.Dimensions...)...))
	}
	parameters := func(g *Graph) []*Node {
		list := make([]*Node, len(carried))
		for i, c := range carried {
			list[i] = Parameter(g, fmt.Sprintf("carried_%d", i), c.Shape())
		}
		return list
	}
	more := NewClosure(g, func(g *Graph) []*Node {
		t := parameters(g)[0]
		if backwards {
			return []*Node{GreaterOrEqual(t, Const(g, int32(0)))}
		}
		return []*Node{LessThan(t, Const(g, int32(steps)))}
	})
	s, i, f := 1+len(state), 1+len(state)+len(in), 1+len(state)+len(in)+len(fixed)
	body := NewClosure(g, func(g *Graph) []*Node {
		p := parameters(g)
		t := p[0]
		now := make([]*Node, len(in))
		for k, x := range p[s:i] {
			now[k] = at(x, t)
		}
		next, out := step(p[1:s], now, p[i:f])
		all := append([]*Node{Add(t, Const(g, int32(by)))}, next...)
		all = append(all, p[s:f]...)
		for k, o := range out {
			all = append(all, DynamicUpdateSlice(p[f+k], InsertAxes(o, 0), place(o.Graph(), t, o.Rank())))
		}
		return all
	})
	done := While(more, body, carried...)
	return done[1:s], done[f:]
}

// at is x[t] along the first axis, t a scalar int32: [T, ...] → [...].
func at(x, t *Node) *Node {
	dims := x.Shape().Clone().Dimensions
	size := append([]int{1}, dims[1:]...)
	return Reshape(DynamicSlice(x, place(x.Graph(), t, len(dims)-1), size), dims[1:]...)
}

// place is the position (t, 0, …, 0), of so many zeros.
func place(g *Graph, t *Node, zeros int) []*Node {
	list := []*Node{t}
	for range zeros {
		list = append(list, Const(g, int32(0)))
	}
	return list
}

// constant is a value everywhere, made anew wherever it is asked for, so that it may stand in a loop.
func constant(g *Graph, value float32, dims ...int) *Node {
	return BroadcastToDims(Const(g, value), dims...)
}

// unroll is [scan] with every step written out.
func unroll(backwards bool, state, in, fixed []*Node, outs int, step func(state, in, fixed []*Node) (next, out []*Node)) (last, out []*Node) {
	steps := in[0].Shape().Dim(0)
	lists := make([][]*Node, outs)
	for k := range lists {
		lists[k] = make([]*Node, steps)
	}
	for k := range steps {
		t := k
		if backwards {
			t = steps - 1 - k
		}
		now := make([]*Node, len(in))
		for i, x := range in {
			now[i] = Squeeze(SliceAxis(x, 0, AxisElem(t)), 0)
		}
		var here []*Node
		state, here = step(state, now, fixed)
		for i, o := range here {
			lists[i][t] = InsertAxes(o, 0)
		}
	}
	for _, list := range lists {
		out = append(out, Concatenate(list, 0))
	}
	return state, out
}
