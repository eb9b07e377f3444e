package nn

import (
	"fmt"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
)

// BenchmarkLSTM is one layer of a PixelRNN on 16 images of 28×28, 16 features, forward and backward.
func BenchmarkLSTM(b *testing.B) {
	e, err := engine.Open()
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct {
		name string
		taps Taps
		dims []int
	}{
		{"row", Box(0, 0, -1, 1), []int{28, 16, 1, 28, 64}},
		{"diagonal, one direction", Taps{{Row: -1}, {}}, []int{55, 16, 28, 1, 64}},
	} {
		for _, grad := range []bool{false, true} {
			b.Run(fmt.Sprint(test.name, ", gradient ", grad), func(b *testing.B) {
				exec, err := model.NewExec(e.Backend, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
					sum := ReduceAllSum(test.taps.LSTM(in[0], in[1]))
					if grad {
						gs := Gradient(sum, in...)
						return []*Node{ReduceAllSum(gs[0]), gs[1]}
					}
					return []*Node{sum}
				})
				if err != nil {
					b.Fatal(err)
				}
				x, w := numbers(test.dims...), numbers(len(test.taps)*16, 64)
				exec.MustCall(x, w)
				for b.Loop() {
					for _, t := range exec.MustCall(x, w) {
						t.FinalizeAll()
					}
				}
			})
		}
	}
}
