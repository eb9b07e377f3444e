package train

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

const applyAtOnce = 500 // rows in a batch

// Apply runs a function of the run's weights over many rows: inputs are row-major [N, row...], f maps [B, row...] to [B, ...], and the answers come
// row-major too. The last, short batch looks back, so that one program serves all.
func (r *Run) Apply(inputs []float32, row []int, f func(scope *model.Scope, x *Node) *Node) ([]float32, error) {
	width := 1
	for _, d := range row {
		width *= d
	}
	n := len(inputs) / width
	size := min(applyAtOnce, n)
	exec, err := model.NewExec(r.Backend, r.Store, f)
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	var out []float32
	for from := 0; from < n; from += size {
		start := min(from, n-size)
		x := tensors.FromFlatDataAndDimensions(inputs[start*width:(start+size)*width], append([]int{size}, row...)...)
		result, err := exec.Call(x)
		x.FinalizeAll()
		if err != nil {
			return nil, err
		}
		each := result[0].Size() / size
		tensors.MustConstFlatData(result[0], func(values []float32) { out = append(out, values[(from-start)*each:]...) })
		result[0].FinalizeAll()
	}
	return out, nil
}
