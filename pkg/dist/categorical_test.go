package dist_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/engine"
)

// Expected numbers are softmax's, from its definition in float64; logits of ±500 would overflow an exponential.
func TestCategoricalLogProb(t *testing.T) {
	logits := [][]float64{{0, 0, 0, 0}, {1, -2, 0.5, 3}, {500, -500, 499, 0}}
	flat, levels := []float32{}, []int32{2, 3, 2}
	for _, row := range logits {
		for _, l := range row {
			flat = append(flat, float32(l))
		}
	}
	out, err := model.CallOnceN(engine.Must().Backend, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
		p := dist.CategoricalLogProb(in[0], in[1])
		return []*Node{p, Gradient(ReduceAllSum(p), in[1])[0]}
	}, tensors.FromFlatDataAndDimensions(levels, 3), tensors.FromFlatDataAndDimensions(flat, 3, 4))
	if err != nil {
		t.Fatal(err)
	}
	got, slope := tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
	for i, row := range logits {
		most, sum := row[0], 0.0
		for _, l := range row {
			most = max(most, l)
		}
		for _, l := range row {
			sum += math.Exp(l - most)
		}
		want := row[levels[i]] - most - math.Log(sum)
		if math.Abs(float64(got[i])-want) > 1e-5 {
			t.Errorf("row %d: %v, want %v", i, got[i], want)
		}
		for k, l := range row { // d log p_k / d l_j = [j = k] − p_j
			want := -math.Exp(l-most) / sum
			if k == int(levels[i]) {
				want++
			}
			if math.Abs(float64(slope[4*i+k])-want) > 1e-5 {
				t.Errorf("row %d: gradient %d is %v, want %v", i, k, slope[4*i+k], want)
			}
		}
	}
}
