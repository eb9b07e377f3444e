package engine

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// GFLOPS measures how fast the engine multiplies two n×n matrices of float32, in 10⁹ operations per second, n from 1 to 16384.
// It takes about a second.
func (e *Engine) GFLOPS(n int) (float64, error) {
	if e == nil || e.Backend == nil {
		return 0, errors.New("engine: measuring a product: no engine is open: use engine.Open")
	}
	if n < 1 || n > 1<<14 {
		return 0, fmt.Errorf("engine: measuring a product of size %d: use 1 to %d", n, 1<<14)
	}
	rate, err := e.gflops(n)
	if err != nil {
		return 0, fmt.Errorf("engine: measuring a product of size %d: %w", n, oneLine(err))
	}
	return rate, nil
}

func (e *Engine) gflops(n int) (float64, error) {
	product, err := graph.NewExec(e.Backend, graph.MatMul)
	if err != nil {
		return 0, err
	}
	defer product.Finalize()
	// Entries of variance 1/n keep the size of a product's entries, however long the chain.
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, n*n)
	for i := range values {
		values[i] = float32(random.NormFloat64() / math.Sqrt(float64(n)))
	}
	a, b := tensors.FromFlatDataAndDimensions(values, n, n), tensors.FromFlatDataAndDimensions(values, n, n)
	defer func() { a.MustFinalizeAll(); b.MustFinalizeAll() }()

	chain := func(steps int) (time.Duration, error) {
		start := time.Now()
		for range steps {
			results, err := product.Call(a, b)
			if err != nil {
				return 0, err
			}
			a.MustFinalizeAll()
			a = results[0]
		}
		// An accelerator answers before it is done; reading the last result waits for it.
		err := a.ConstBytes(func([]byte) {})
		return time.Since(start), err
	}
	if _, err := chain(2); err != nil { // compiles, and warms up
		return 0, err
	}
	for steps := 1; ; steps *= 2 {
		took, err := chain(steps)
		if err != nil {
			return 0, err
		}
		if took > time.Second/2 {
			return float64(steps) * 2 * math.Pow(float64(n), 3) / took.Seconds() / 1e9, nil
		}
	}
}
