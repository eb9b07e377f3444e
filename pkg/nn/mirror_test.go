package nn

import (
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

func TestMirror(t *testing.T) {
	for name, backend := range backends(t) {
		out, err := model.CallOnceN(backend, model.NewStore(), func(_ *model.Scope, x *Node) []*Node {
			y := Mirror(x, 1)
			return []*Node{y, Gradient(ReduceAllSum(Mul(y, Const(x.Graph(), [][]float32{{1, 10, 100}, {1, 10, 100}}))), x)[0]}
		}, tensors.FromValue([][]float32{{1, 2, 3}, {4, 5, 6}}))
		if err != nil {
			t.Fatal(err)
		}
		if y := tensors.MustCopyFlatData[float32](out[0]); !slices.Equal(y, []float32{3, 2, 1, 6, 5, 4}) {
			t.Errorf("%s: mirrored is %v", name, y)
		}
		if dx := tensors.MustCopyFlatData[float32](out[1]); !slices.Equal(dx, []float32{100, 10, 1, 100, 10, 1}) {
			t.Errorf("%s: gradient %v", name, dx)
		}
	}
}
