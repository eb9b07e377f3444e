package tsne_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/curious-go/curious/pkg/tsne"
)

// Three clouds in ten dimensions: who is beside whom in the picture?
func ExampleEmbed() {
	const n, d = 300, 10
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n*d)
	for i := range n {
		for k := range d {
			x[i*d+k] = float32(rng.NormFloat64())
		}
		x[i*d+i%3] += 10 // point i is of cloud i%3
	}

	e, err := tsne.Embed(context.Background(), x, n, d, tsne.Options{Perplexity: 20})
	if err != nil {
		fmt.Println(err)
		return
	}

	friends := 0
	for i := range n {
		nearest, best := -1, 0.0
		for j := range n {
			xi, yi := e.XY(i)
			xj, yj := e.XY(j)
			if dist := (xi-xj)*(xi-xj) + (yi-yj)*(yi-yj); j != i && (nearest < 0 || dist < best) {
				nearest, best = j, dist
			}
		}
		if nearest%3 == i%3 {
			friends++
		}
	}
	fmt.Printf("%d steps; %d of %d points lie beside one of their own cloud\n", e.Steps, friends, n)
	// Output: 750 steps; 300 of 300 points lie beside one of their own cloud
}

// A live picture: draw y now and then, and stop by an error or by the context.
func ExampleOptions() {
	x := make([]float32, 200*3)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range x {
		x[i] = rng.Float32()
	}
	_, err := tsne.Embed(context.Background(), x, 200, 3, tsne.Options{OnStep: func(step int, y []float64, kl float64) error {
		if step == 100 {
			fmt.Println("step", step, "shows", len(y)/2, "points")
			return fmt.Errorf("seen enough")
		}
		return nil
	}})
	fmt.Println(err)
	// Output:
	// step 100 shows 200 points
	// tsne: embedding: stopped by OnStep after step 100 of 750: seen enough
}

func ExamplePCA() {
	x := []float32{ // three points on a line in space
		1, 1, 0,
		2, 2, 0,
		3, 3, 0,
	}
	z, err := tsne.PCA(x, 3, 3, 1)
	fmt.Printf("%.3f %v\n", z, err)
	// Output: [-1.414 0.000 1.414] <nil>
}
