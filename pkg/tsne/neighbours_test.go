package tsne

import (
	"context"
	"math"
	"slices"
	"testing"
)

// bruteNearest sorts all distances from point i.
func bruteNearest(x points, i int32, k int) []neighbour {
	var all []neighbour
	for j := range int32(x.n) {
		if j != i {
			all = append(all, neighbour{j, dist2(x.at(i), x.at(j), math.MaxFloat32)})
		}
	}
	sortNear(all)
	return all[:k]
}

func TestSweepIsExact(t *testing.T) {
	x, d := clusters(1000)
	pts := points{x, 1000, d}
	for _, k := range []int{1, 10, 91, 999} {
		near := nearest(serial(), pts, k, 0)
		for i := range int32(1000) {
			if got, want := near[int(i)*k:][:k], bruteNearest(pts, i, k); !slices.Equal(got, want) {
				t.Fatalf("k=%d, point %d: %v, want %v", k, i, got, want)
			}
		}
	}
}

func TestForestFindsNearlyAll(t *testing.T) {
	const n, k = 4000, 91
	x, d := clusters(n)
	pts := points{x, n, d}
	near := make([]neighbour, n*k)
	for i := range near {
		near[i] = neighbour{-1, math.MaxFloat32}
	}
	forest(pool{context.Background(), 2}, pts, k, near, 1)
	again := make([]neighbour, n*k)
	for i := range again {
		again[i] = neighbour{-1, math.MaxFloat32}
	}
	forest(serial(), pts, k, again, 1)
	if !slices.Equal(near, again) {
		t.Error("one worker finds other neighbours than two")
	}
	hit := 0
	for i := int32(0); i < n; i += 20 {
		got := map[int32]bool{}
		for _, nb := range near[i*k : (i+1)*k] {
			if nb.id == i || got[nb.id] {
				t.Fatalf("point %d has neighbour %d twice, or itself", i, nb.id)
			}
			got[nb.id] = true
		}
		for _, nb := range bruteNearest(pts, i, k) {
			if got[nb.id] {
				hit++
			}
		}
	}
	if recall := float64(hit) / (n / 20 * k); recall < 0.95 { // 0.97 on 60,000 digits as well
		t.Errorf("recall %.3f", recall)
	}
}

func TestForestOfEqualPoints(t *testing.T) {
	const n, k = 2000, 30
	near := make([]neighbour, n*k)
	for i := range near {
		near[i] = neighbour{-1, math.MaxFloat32}
	}
	forest(serial(), points{make([]float32, 3*n), n, 3}, k, near, 1)
	for i, nb := range near {
		if nb.id < 0 || nb.d2 != 0 || nb.id == int32(i/k) {
			t.Fatalf("point %d: neighbour %v", i/k, nb)
		}
	}
}

func TestDist2(t *testing.T) {
	a, b := []float32{1, 2, 3, 4, 5, 6}, []float32{0, 0, 0, 0, 0, 0}
	if got := dist2(a, b, math.MaxFloat32); got != 91 { // 1+4+9+16+25+36
		t.Errorf("%g, want 91", got)
	}
	if got := dist2(a, b, 10); got < 10 {
		t.Errorf("%g, want at least the bound 10", got)
	}
}
