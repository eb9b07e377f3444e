package tsne

import (
	"context"
	"fmt"
	"math"
	"testing"
)

// BenchmarkEmbed is the whole way at the defaults, ten Gaussian clusters of 16 dimensions. "ns/(n·log2n)" stays flat when the time is O(n log n).
// The large ones take a minute: go test -run '^$' -bench Embed -benchtime 1x ./pkg/tsne
func BenchmarkEmbed(b *testing.B) {
	for _, n := range []int{5_000, 10_000, 20_000, 40_000, 60_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, d := clusters(n)
			var kl float64
			for b.Loop() {
				e, err := Embed(context.Background(), x, n, d, Options{})
				if err != nil {
					b.Fatal(err)
				}
				kl = e.KL
			}
			b.ReportMetric(kl, "KL")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(float64(n)*math.Log2(float64(n))), "ns/(n·log2n)")
		})
	}
}

func BenchmarkNeighbours(b *testing.B) {
	const n = 10_000
	x, d := clusters(n)
	z, _ := components(serial(), x, n, d, d)
	for b.Loop() {
		nearest(pool{context.Background(), 2}, points{z, n, d}, 91, 0)
	}
}

func BenchmarkStep(b *testing.B) {
	const n = 10_000
	x, d := clusters(n)
	opt := Options{Steps: 1}
	if err := opt.complete(n); err != nil {
		b.Fatal(err)
	}
	a := affinities(x, n, d, 30)
	z, _ := components(serial(), x, n, d, 2)
	e := &Embedding{Y: start(z, n, 2, 0)}
	for i := range e.Y {
		e.Y[i] *= 3e5 // about as wide as the picture at the end
	}
	t := newDescent(a, e, opt)
	b.Run("repel", func(b *testing.B) {
		for b.Loop() {
			t.repel(t.y, t.grad)
		}
	})
	b.Run("attract", func(b *testing.B) {
		for b.Loop() {
			t.attract(1, 1)
		}
	})
	b.Run("move", func(b *testing.B) {
		for b.Loop() {
			t.move(0)
		}
	})
}

func BenchmarkPCA784(b *testing.B) {
	const n, d = 5000, 784
	x := make([]float32, n*d)
	for i := range x {
		if i%5 == 0 {
			x[i] = float32(math.Sin(float64(i)))
		}
	}
	for b.Loop() {
		if _, err := PCA(x, n, d, 50); err != nil {
			b.Fatal(err)
		}
	}
}
