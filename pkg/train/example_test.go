package train_test

import (
	"fmt"
	"os"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/must"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/train"
)

// A straight line, learnt from three points.
func Example() {
	os.Setenv("CURIOUS_RUNS", must.Get(os.MkdirTemp("", "runs"))) // else they stay, beside the course
	defer os.RemoveAll(os.Getenv("CURIOUS_RUNS"))
	defer os.Unsetenv("CURIOUS_RUNS")

	run := must.Get(train.Fit(train.Task{
		Name: "line", Preset: "quick", Seed: 1, Steps: 400, Rate: train.Rate{Peak: 0.1, Final: 1e-4},
		Batch: func(int) []*tensors.Tensor {
			return []*tensors.Tensor{tensors.MustFromAnyValue([][]float32{{-1}, {0}, {2}})}
		},
		Objective: func(scope *model.Scope, batch []*Node) (*Node, []train.Part) {
			x := batch[0]
			wanted := AddScalar(MulScalar(x, 3), 1) // 3x + 1
			return ReduceAllMean(Square(Sub(nn.Affine(scope, x, 1), wanted))), nil
		},
	}))
	w := tensors.MustCopyFlatData[float32](run.Store.GetVariable("/w").MustValue())
	b := tensors.MustCopyFlatData[float32](run.Store.GetVariable("/b").MustValue())
	fmt.Printf("%d steps: y = %.2f x + %.2f\n", run.Step, w[0], b[0])
	// Output: 400 steps: y = 3.00 x + 1.00
}
