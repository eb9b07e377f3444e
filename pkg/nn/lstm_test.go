package nn

import (
	"testing"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// written is the LSTM step by step, with gates as the equations say and GoMLX's own gradient.
func (taps Taps) written(x, w *Node) *Node {
	d := x.Shape().Dimensions
	h := Zeros(x.Graph(), shapes.Make(x.DType(), d[1], d[2], d[3], d[4]/4))
	c := h
	var all []*Node
	for t := range d[0] {
		window := taps.Window(h)
		z := Add(Squeeze(SliceAxis(x, 0, AxisElem(t)), 0), Einsum("bhwk,ko->bhwo", window, w))
		q := Split(z, -1, 4)
		c = Add(Mul(Sigmoid(q[1]), c), Mul(Sigmoid(q[2]), Tanh(q[3])))
		h = Mul(Sigmoid(q[0]), Tanh(c))
		all = append(all, InsertAxes(h, 0))
	}
	return Concatenate(all, 0)
}

// The loop and its hand-written gradient are those of the same LSTM written out step by step.
func TestLSTM(t *testing.T) {
	for name, test := range map[string]struct {
		taps                Taps
		steps, b            int
		height, width, size int
	}{
		"row":          {Box(0, 0, -1, 1), 4, 2, 1, 5, 3},
		"diagonal":     {Taps{{Row: -1}, {}}, 6, 2, 4, 1, 3},
		"convolution":  {Box(-1, 1, -1, 1), 3, 2, 3, 4, 2},
		"plain":        {Taps{{}}, 5, 3, 1, 1, 4},
		"one step":     {Box(0, 0, -1, 1), 1, 1, 1, 2, 2},
		"beyond edges": {Box(0, 0, -2, 2), 3, 1, 1, 2, 2},
	} {
		x := numbers(test.steps, test.b, test.height, test.width, 4*test.size)
		w := numbers(len(test.taps)*test.size, 4*test.size)
		for engine, backend := range backends(t) {
			t.Run(name+", "+engine, func(t *testing.T) {
				both := func(x, w *Node) []*Node {
					var out []*Node
					for _, h := range []*Node{test.taps.LSTM(x, w), test.taps.written(x, w)} {
						weighed := ReduceAllSum(Mul(h, Sin(MulScalar(IotaFull(x.Graph(), h.Shape()), 0.7))))
						out = append(append(out, h), Gradient(weighed, x, w)...)
					}
					return out
				}
				exec, err := model.NewExec(backend, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node { return both(in[0], in[1]) })
				if err != nil {
					t.Fatal(err)
				}
				xc, _ := x.LocalClone()
				wc, _ := w.LocalClone()
				out, err := exec.Call(xc, wc)
				if err != nil {
					t.Fatal(err)
				}
				for i, what := range []string{"h", "dx", "dw"} {
					got, want := tensors.MustCopyFlatData[float32](out[i]), tensors.MustCopyFlatData[float32](out[3+i])
					largest := float32(0)
					for k := range got {
						largest = max(largest, want[k], -want[k])
						if d := got[k] - want[k]; !(max(d, -d) < 2e-5) {
							t.Fatalf("%s[%d] = %v, written out %v", what, k, got[k], want[k])
						}
					}
					if largest < 1e-3 && (what != "dw" || test.steps > 1) { // one step starts from a state of zeros, and tells nothing of w
						t.Errorf("%s is zero everywhere", what)
					}
				}
			})
		}
	}
}
