package nn

import (
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
)

// backends are pure Go and, where it is, XLA. Under CURIOUS_TEST_FULL there must be XLA.
func backends(t *testing.T) map[string]compute.Backend {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]compute.Backend{e.Kind: e.Backend}
	if e.Kind == "go" {
		if os.Getenv("CURIOUS_TEST_FULL") == "1" {
			t.Fatal("no XLA: go run . lab sets it up")
		}
		return all
	}
	pure, err := gobackend.New("parallelism=-1") // engine opens one engine only; this is how it opens this one
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pure.Finalize)
	all["go"] = pure
	return all
}

// numbers is a tensor of these dimensions with values that repeat nowhere near.
func numbers(dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = float32((i*37+11)%101)/50 - 1
	}
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

func run(t *testing.T, backend compute.Backend, store *model.Store, f func(scope *model.Scope, x *Node) *Node, x *tensors.Tensor) []float32 {
	t.Helper()
	own, err := x.LocalClone() // a tensor stays with the first backend that sees it
	if err != nil {
		t.Fatal(err)
	}
	y, err := model.CallOnce(backend, store, f, own)
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](y)
}

func seeded(seed int64) *model.Store {
	store := model.NewStore()
	store.SetParam("/"+SeedParam, seed)
	return store
}
