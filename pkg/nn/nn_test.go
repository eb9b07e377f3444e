package nn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// weights draws the layers of these names, in this order, and gives their values by path.
func weights(t *testing.T, engine string, seed int64, layers ...string) map[string][]float32 {
	t.Helper()
	backend := backends(t)[engine]
	store := seeded(seed)
	run(t, backend, store, func(scope *model.Scope, x *Node) *Node {
		for _, name := range layers {
			x = Add(x, Affine(scope.In("%s", name), x, 8))
		}
		return x
	}, numbers(2, 8))
	drawn := map[string][]float32{}
	for v := range store.IterVariables() {
		if v.Trainable {
			drawn[v.Path()] = tensors.MustCopyFlatData[float32](v.MustValue())
		}
	}
	return drawn
}

// A layer's weights depend on seed and path alone: not on the layers around it, nor on the engine.
func TestWeightsDependOnSeedAndPath(t *testing.T) {
	for engine := range backends(t) {
		one := weights(t, engine, 5, "a", "b")
		for name, other := range map[string]map[string][]float32{
			"other order": weights(t, engine, 5, "b", "a"),
			"more layers": weights(t, engine, 5, "c", "a", "d", "b"),
			"pure Go":     weights(t, "go", 5, "a", "b"),
		} {
			for path := range one {
				if !slices.Equal(one[path], other[path]) {
					t.Errorf("%s, %s: %s differs", engine, name, path)
				}
			}
		}
		if slices.Equal(one["/a/w"], one["/b/w"]) {
			t.Error("two layers have the same weights")
		}
		if slices.Equal(one["/a/w"], weights(t, engine, 6, "a")["/a/w"]) {
			t.Error("two seeds give the same weights")
		}
	}
}

// N(0, 2/fanIn): 100,000 draws have a standard deviation within 1 % of √(2/50) = 0.2 and a mean within 0.003 (4.7 standard errors) of 0.
func TestWeightMoments(t *testing.T) {
	values := tensors.MustCopyFlatData[float32](draw(seeded(1).RootScope(), "w", 50, []int{50, 2000}))
	var sum, squares float64
	for _, v := range values {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(values))
	if mean, std := sum/n, math.Sqrt(squares/n); math.Abs(mean) > 0.003 || math.Abs(std-0.2) > 0.002 {
		t.Errorf("mean %g, standard deviation %g", mean, std)
	}
}

func TestAffine(t *testing.T) {
	for engine, backend := range backends(t) {
		store := seeded(1)
		for path, value := range map[string]*tensors.Tensor{
			"/w": tensors.FromFlatDataAndDimensions([]float32{1, 0, 2, 0, 1, -1}, 2, 3), "/b": tensors.FromFlatDataAndDimensions([]float32{10, 20, 30}, 3),
		} {
			if _, err := store.CreateVariable(path, value); err != nil {
				t.Fatal(err)
			}
		}
		got := run(t, backend, store, func(scope *model.Scope, x *Node) *Node {
			y := Affine(scope, x, 3)
			y.AssertDims(1, 2, 3)
			return y
		}, tensors.FromFlatDataAndDimensions([]float32{1, 2, -3, 4}, 1, 2, 2))
		if fmt.Sprint(got) != "[11 22 30 7 24 20]" { // [1 2]·W = [1 2 0], [−3 4]·W = [−3 4 −10]
			t.Errorf("%s: %v", engine, got)
		}
		zero := run(t, backend, seeded(1), func(scope *model.Scope, x *Node) *Node { return AffineZero(scope, x, 2) }, numbers(3, 4))
		if slices.Max(zero) != 0 || slices.Min(zero) != 0 {
			t.Errorf("%s: a last layer begins at %v", engine, zero)
		}
	}
}

// Trained weights are all there: a layer that asks for more is another model's.
func TestTrainedStoreDrawsNothing(t *testing.T) {
	for engine, backend := range backends(t) {
		store := seeded(1)
		store.SetParam("/"+TrainedParam, true)
		_, err := model.CallOnce(backend, store, func(scope *model.Scope, x *Node) *Node { return Affine(scope.In("a"), x, 2) }, numbers(3, 4))
		if err == nil {
			t.Errorf("%s: weights were drawn", engine)
		}
	}
}
